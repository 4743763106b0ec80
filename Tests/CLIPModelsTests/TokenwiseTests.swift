import CLIPModels
import Foundation
import Testing
import Torch
import TorchNN

/// FILIP's comparison against loops in NumPy: `Scripts/fixtures/interactions.py`.
@Suite struct TokenwiseTests {
  let fixture: Fixture

  init() throws {
    fixture = try Fixture("tokenwise")
  }

  func images() throws -> Features {
    let tokens = try fixture.golden("images")
    return Features(embedding: try tokens.selected(0, axis: 1), tokens: tokens, special: 1)
  }

  func texts() throws -> Features {
    let tokens = try fixture.golden("texts")
    return Features(
      embedding: try tokens.selected(0, axis: 1), tokens: tokens,
      valid: try fixture.golden("valid").isGreater(than: 0))
  }

  @Test("scores are the paper's both ways, and Wukong's where padding answers with zero")
  func values() throws {
    let (images, texts) = (try images(), try texts())
    let paper = TokenwiseInteraction()
    let scores = try paper.imageToText(images, texts)
    try expectClose(scores, fixture.golden("image_to_text"), tolerance: 1e-6)
    try expectClose(
      paper.textToImage(texts, images), fixture.golden("text_to_image"), tolerance: 1e-6)
    let zeroing = TokenwiseInteraction(zeroesPadding: true)
    try expectClose(
      zeroing.imageToText(images, texts), fixture.golden("zeroed"), tolerance: 1e-6)
    // What zeros answer to a picture does not ask for one.
    try expectClose(
      zeroing.textToImage(texts, images), fixture.golden("text_to_image"), tolerance: 1e-6)
  }

  @Test("a word that all places dislike scores -0.5, and 0 where padding answers")
  func dislike() throws {
    let images = Features(
      embedding: try .zeros([1, 2]),
      tokens: try Tensor([Float](arrayLiteral: 1, 0, 0, 1), shape: [1, 2, 2]))
    let text = Features(
      embedding: try .zeros([1, 2]),
      tokens: try Tensor([Float](arrayLiteral: -1, 0, 0, 0), shape: [1, 2, 2]),
      valid: try Tensor([Float](arrayLiteral: 1, 0), shape: [1, 2]).isGreater(than: 0))
    #expect(try TokenwiseInteraction().imageToText(images, text).item() == -0.5)
    #expect(try TokenwiseInteraction(zeroesPadding: true).imageToText(images, text).item() == 0)
  }

  @Test("more padding changes neither scores nor gradients")
  func padding() throws {
    func run(_ padding: Int) throws -> (scores: [Tensor], gradients: [Tensor]) {
      let (images, texts) = (try images(), try texts())
      let leaves = [try #require(images.tokens), try #require(texts.tokens)]
      for leaf in leaves { try leaf.setRequiresGradient(true) }
      let padded = try texts.padded(to: 7 + padding)
      let scores = try TokenwiseInteraction()(rows: 0..<3, images: images, texts: padded)
      let weights = try Tensor.range(0..<9, dtype: .float32).reshaped(3, 3)
      let loss =
        try (scores.imageToText * weights).sum()
        + (scores.textToImage.sliced(0..<3, axis: 1).power(2) * weights).sum()
      try loss.backward()
      return (
        [try scores.imageToText.detached(), try scores.textToImage.detached()],
        try leaves.map { try #require(try $0.gradient()) }
      )
    }
    let (plain, padded) = (try run(0), try run(9))
    for (a, b) in zip(plain.scores + plain.gradients, padded.scores + padded.gradients) {
      try expectClose(b, a, tolerance: 1e-7)
    }
  }

  @Test("in tiles scores and gradients are the same, for a bounded part of the memory")
  func tiles() throws {
    try Random.seed(3)
    let (count, places, words, width) = (160, 20, 26, 16)
    let images = try Random.normal([count, places, width]).normalized()
    let texts = try Random.normal([count, words, width]).normalized()
    let lengths = try Tensor.range(0..<count, dtype: .float32).unsqueezed(1)
    let valid = try (Tensor.range(0..<words, dtype: .float32).unsqueezed(0) - lengths)
      .isLess(than: 3)
    // 160 · 160 · 20 · 26 similarities are more than a tile has.
    func run(_ part: Int) throws -> (scores: Tensor, gradients: [Tensor]) {
      let leaves = try [images, texts].map { try $0.detached().clone() }
      for leaf in leaves { try leaf.setRequiresGradient(true) }
      func features(_ tokens: Tensor, _ valid: Tensor?) throws -> Features {
        Features(embedding: try tokens.selected(0, axis: 1), tokens: tokens, valid: valid)
      }
      let (a, b) = (try features(leaves[0], nil), try features(leaves[1], valid))
      let rows = try stride(from: 0, to: count, by: part).map { start in
        try TokenwiseInteraction().imageToText(a.sliced(start..<start + part), b)
      }
      let scores = try Tensor.concatenated(rows)
      try scores.power(2).sum().backward()
      return (try scores.detached(), try leaves.map { try #require(try $0.gradient()) })
    }
    let (tiled, whole) = (try run(count), try run(20))
    try expectClose(tiled.scores, whole.scores, tolerance: 1e-6)
    for (a, b) in zip(tiled.gradients, whole.gradients) { try expectClose(a, b, tolerance: 1e-4) }
    // Untiled, 53 MB of similarities would be there four times.
    let peak = try peakTensorBytes { _ = try run(count) }
    #expect(peak < 170_000_000, "\(peak)")
  }

  @Test(
    "similarities in 16 bits are those of 32 within a hundredth",
    arguments: [DType.float16, .bfloat16])
  func halves(precision: DType) throws {
    let interaction = TokenwiseInteraction(precision: precision)
    try expectClose(
      interaction.imageToText(images(), texts()), fixture.golden("image_to_text"), tolerance: 1e-2)
    try expectClose(
      interaction.textToImage(texts(), images()), fixture.golden("text_to_image"), tolerance: 1e-2)
  }

  @Test("a share of each sample's tokens is kept: those with the best answers, padding never")
  func selection() throws {
    let (images, texts) = (try images(), try texts())
    #expect(try TokenwiseInteraction().selection(images: images, texts: texts) == nil)
    let interaction = TokenwiseInteraction(keep: 0.4)
    let chosen = try #require(try interaction.selection(images: images, texts: texts))
    let (fewImages, fewTexts) = (try chosen.images(images), try chosen.texts(texts))
    #expect(fewImages.tokens?.shape == [4, 2, 6] && fewImages.special == 0)
    #expect(fewTexts.tokens?.shape == [3, 3, 6])
    // ⌈0.4 · 7⌉, ⌈0.4 · 4⌉ and ⌈0.4 · 2⌉ words.
    #expect(try fewTexts.valid?.to(.float32).sum(axis: 1).scalars(Float.self) == [3, 2, 1])
    // By hand: the two places of the first picture whose best word in any text is best.
    let (places, words) = (try fixture.golden("images"), try fixture.golden("texts"))
    let valid = try fixture.golden("valid").reshaped(-1).isGreater(than: 0)
    let best = try places.selected(0).sliced(1..<6).matmul(words.reshaped(-1, 6).transposed())
      .filled(-9, where: valid.inverted().unsqueezed(0)).max(axis: 1)
    let two = try best.top(2, axis: 0).indices
    let expected = try places.selected(0).sliced(1..<6).gathered(rows: two)
    try expectClose(#require(fewImages.tokens).selected(0), expected, tolerance: 0)
    // More padding chooses the same.
    let padded = try texts.padded(to: 20)
    let again = try #require(try interaction.selection(images: images, texts: padded))
    #expect(
      try again.texts(padded).valid?.to(.float32).sum(axis: 1).scalars(Float.self) == [3, 2, 1])
  }

  @Test("JSON says it shortly or in full, and impossible numbers are refused")
  func json() throws {
    func read(_ json: String) throws -> InteractionConfiguration {
      try ConfigurationFile.decode(
        [String: InteractionConfiguration].self, from: Data("{\"i\": \(json)}".utf8), file: "f"
      )["i"] ?? .global
    }
    #expect(try read("\"tokenwise\"") == .tokenwise(TokenwiseInteraction()))
    let full = InteractionConfiguration.tokenwise(
      TokenwiseInteraction(keep: 0.25, zeroesPadding: true, precision: .float16))
    #expect(
      try read(
        "{\"tokenwise\": {\"keep\": 0.25, \"zeroes_padding\": true, \"precision\": \"float16\"}}")
        == full)
    #expect(full.problem == nil)
    for wrong in [
      TokenwiseInteraction(keep: 0), TokenwiseInteraction(keep: 1.5),
      TokenwiseInteraction(precision: .int8),
    ] {
      #expect(InteractionConfiguration.tokenwise(wrong).problem != nil)
    }
    #expect(throws: ModelError.self) { try read("\"tokenwize\"") }
    #expect(throws: TorchError.self) {
      try TokenwiseInteraction().imageToText(
        Features(embedding: .zeros([1, 6])), Features(embedding: .zeros([1, 6])))
    }
  }
}
