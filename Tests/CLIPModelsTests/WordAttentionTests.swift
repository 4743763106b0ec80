import CLIPModels
import CLIPText
import Foundation
import TestSupport
import Testing
import Torch
import TorchNN

/// GLoRIA's comparison against loops in NumPy, which give the published loss: `Scripts/fixtures/gloria.py`.
@Suite struct WordAttentionTests {
  let fixture: Fixture

  init() throws {
    fixture = try Fixture("word-attention")
  }

  func images() throws -> Features {
    let tokens = try fixture.golden("images")
    return Features(embedding: try tokens.mean(axis: 1).normalized(), tokens: tokens)
  }

  func texts() throws -> Features {
    let tokens = try fixture.golden("texts")
    return Features(
      embedding: try tokens.mean(axis: 1).normalized(), tokens: tokens,
      valid: try fixture.golden("valid").isGreater(than: 0))
  }

  @Test(
    "scores are the paper's, in every aggregation", arguments: WordAttention.Aggregation.allCases)
  func values(aggregation: WordAttention.Aggregation) throws {
    let attention = WordAttention(aggregation: aggregation)
    let expected = try fixture.golden(aggregation.rawValue)
    try expectClose(attention.imageToText(images(), texts()), expected)
    try expectClose(attention.textToImage(texts(), images()), expected.transposed())
    let scores = try attention(rows: 1..<3, images: images(), texts: texts())
    try expectClose(scores.imageToText, expected.sliced(1..<3))
    try expectClose(scores.textToImage, expected.transposed().sliced(1..<3))
  }

  @Test("the two losses are those that the published code gives")
  func losses() throws {
    let scores = try WordAttention()(rows: 0..<3, images: images(), texts: texts())
    let found = try [scores.imageToText, scores.textToImage].map { scores in
      try -(scores * 10).logSoftmax(axis: 1).scalars().enumerated()
        .filter { $0.offset.isMultiple(of: 4) }.reduce(0) { $0 + Double($1.element) } / 3
    }
    #expect(abs(found[0] - 4.0487) < 1e-4 && abs(found[1] - 2.2217) < 1e-4, "\(found)")
  }

  @Test("the embeddings' cosine counts beside the words as it is told to")
  func weights() throws {
    let (images, texts) = (try images(), try texts())
    let both = try WordAttention(localWeight: 0.5, globalWeight: 2).imageToText(images, texts)
    let expected =
      try fixture.golden("sum") * 0.5 + GlobalInteraction().imageToText(images, texts) * 2
    try expectClose(both, expected)
  }

  @Test("a word's attention is the paper's, and its places share one")
  func alignment() throws {
    let (images, texts) = (try images(), try texts())
    let map = try #require(
      try WordAttention().alignment(image: images.sliced(2..<3), text: texts.sliced(0..<1)))
    try expectClose(map.sliced(0..<4), fixture.golden("attention"))
    try expectClose(map.sum(axis: 1), .ones([6]))
  }

  @Test("padding changes neither scores nor gradients, and a text without words scores the least")
  func padding() throws {
    func run(_ padding: Int) throws -> (scores: Tensor, gradients: [Tensor]) {
      let (images, texts) = (try images(), try texts())
      let leaves = [try #require(images.tokens), try #require(texts.tokens)]
      for leaf in leaves { try leaf.setRequiresGradient(true) }
      let scores = try WordAttention().imageToText(images, texts.padded(to: 6 + padding))
      try (scores * Tensor.range(0..<9, dtype: .float32).reshaped(3, 3)).sum().backward()
      return (try scores.detached(), try leaves.map { try #require(try $0.gradient()) })
    }
    let (plain, padded) = (try run(0), try run(5))
    try expectClose(padded.scores, plain.scores, tolerance: 1e-6)
    for (a, b) in zip(plain.gradients, padded.gradients) { try expectClose(b, a) }
    var empty = try texts()
    empty.valid = try Tensor.zeros([3, 6]).isGreater(than: 0)
    #expect(try WordAttention().imageToText(images(), empty).max().item() == -5)
  }

  @Test("gradients are slopes, also where a batch is computed in tiles", arguments: [3, 120])
  func gradients(count: Int) throws {
    try Random.seed(4)
    // 120 × 120 pairs of 400 places and 6 words are many tiles.
    let images = try Random.normal([count, count == 3 ? 16 : 400, 8])
    let texts = try Random.normal([count, 6, 8])
    let valid = try Tensor(
      (0..<count * 6).map { $0 % 6 < 2 + $0 / 6 % 5 }, shape: [count, 6])
    func scores() throws -> Tensor {
      try WordAttention().imageToText(
        Features(embedding: images.mean(axis: 1), tokens: images),
        Features(embedding: texts.mean(axis: 1), tokens: texts, valid: valid))
    }
    let weights = try Random.normal([count, count])
    for leaf in [images, texts] { try leaf.setRequiresGradient(true) }
    let peak = try peakTensorBytes { try (scores() * weights).sum().backward() }
    #expect(peak < 1_000_000_000, "\(peak)")
    for leaf in [images, texts] {
      let gradient = try #require(try leaf.gradient())
      let direction = try Random.normal(leaf.shape)
      let slope = try (gradient * direction).sum().item()
      let start = try leaf.detached().clone()
      func moved(_ step: Double) throws -> Double {
        try withoutGradients {
          try leaf.copy(from: start + direction * step)
          return try (scores() * weights).sum().item()
        }
      }
      let measured = try (moved(2e-3) - moved(-2e-3)) / 4e-3
      try withoutGradients { try leaf.copy(from: start) }
      #expect(abs(measured - slope) < 2e-2 * max(1, abs(slope)), "\(slope), \(measured)")
    }
  }

  @Test("pieces of one word become one token, their sum or mean", arguments: WordMerge.allCases)
  func words(merge: WordMerge) throws {
    let vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n红\n苹\n果\nun\n##know\n##n\n"
    let tokenizer = try BERTTokenizer(vocabulary: Vocabulary(bytes: Array(vocabulary.utf8)))
    let tokens = tokenizer(["红 unknown 果", "苹"])
    #expect(tokenizer.wordTexts(of: tokens[0]) == ["红", "unknown", "果"])
    #expect(tokenizer.words(of: tokens[0]) == [nil, 0, 1, 1, 1, 2, nil])
    let text = BERT.Configuration(
      vocabularySize: 11, maximumPositions: 9, tokenTypes: 2, width: 8, layers: 2, heads: 2,
      mlpWidth: 12, activation: .gelu, layerNormEpsilon: 1e-12, dropout: 0, projectionBias: false)
    var output = OutputConfiguration(
      layers: .sum([-2, -1]), pooling: .mean(countsPadding: false), head: Head.none)
    try Random.seed(3)
    let drawn = Parameters(from: nil)
    _ = try TextEncoder(text, output: output, embeddingDimension: 8, in: drawn.root)
    func features(_ output: OutputConfiguration) throws -> Features {
      let encoder = try TextEncoder(
        text, output: output, embeddingDimension: 8,
        in: Parameters(from: drawn, numerics: .exact).root)
      let words = try tokens.words(rows: 0..<2, to: 8, by: tokenizer)
      return try encoder(
        Tensor(tokens.padded(to: 8), shape: [2, 8]), mask: tokens.mask(rows: 0..<2, to: 8),
        words: encoder.mergesWords ? words : nil,
        options: EncodingOptions(mode: .inference, wantsTokens: true))
    }
    let pieces = try #require(try features(output).tokens)
    output.reducer = .words(merge)
    let merged = try features(output)
    let found = try #require(merged.tokens)
    let unknown = try pieces.selected(0).sliced(2..<5)
    try expectClose(
      found.selected(0).selected(1), merge == .sum ? unknown.sum(axis: 0) : unknown.mean(axis: 0))
    try expectClose(found.selected(0).selected(2), pieces.selected(0).selected(5))
    try expectClose(found.selected(1).selected(0), pieces.selected(1).selected(1))
    let valid = try #require(merged.valid).to(.int64).scalars(Int64.self)
    #expect(valid == [1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
    // Whatever becomes of tokens, the embedding stays.
    output.reducer = nil
    try expectClose(merged.embedding, features(output).embedding)
  }

  @Test("tokens come from an inner stage by a map of their own")
  func innerTokens() throws {
    let configuration = try #require(TowersTests.resNets["resnet-bottleneck"])
    let parameters = Parameters(from: try Fixture("resnet-bottleneck").source, missing: .initialize)
    let encoder = try ImageEncoder(
      configuration, output: OutputConfiguration(tokens: TokenSource(layer: 3)),
      embeddingDimension: 24, in: parameters.root)
    let golden = try Fixture("resnet-bottleneck")
    let features = try encoder(
      golden.golden("images"), options: EncodingOptions(mode: .inference, wantsTokens: true))
    let map = try golden.golden("map")
    let weight = try #require(parameters["visual.token_proj.weight"]).reshaped(24, -1)
    let expected = try map.reshaped(2, map.shape[1], -1).transposed(1, 2)
      .matmul(weight.transposed())
    let scale = try expected.absolute().max().item()
    try expectClose(try #require(features.tokens), expected, tolerance: 1e-5 * max(1, scale))
    let embedding = try golden.golden("image")
    let tolerance = 1e-5 * max(1, try embedding.absolute().max().item())
    try expectClose(features.embedding, embedding, tolerance: tolerance)
  }

  @Test("the interaction is read from JSON, and what cannot be computed is refused")
  func json() throws {
    func read(_ interaction: String) throws -> InteractionConfiguration {
      var configuration = try Presets.configuration(named: "ViT-B-16")
      configuration.interaction = .wordAttention(WordAttention())
      let json = try String(decoding: configuration.json(), as: UTF8.self)
      let start = try #require(json.range(of: "\"interaction\" : {"))
      let end = try #require(json[start.upperBound...].range(of: "}\n  }"))
      let changed =
        json[..<start.lowerBound] + "\"interaction\": \(interaction)" + json[end.upperBound...]
      return try ModelConfiguration(json: Data(changed.utf8), file: "config.json").interaction
    }
    #expect(try read("\"word_attention\"") == .wordAttention(WordAttention()))
    #expect(
      try read("{\"word_attention\": {\"global_weight\": 1, \"aggregation\": \"maximum\"}}")
        == .wordAttention(WordAttention(aggregation: .maximum, globalWeight: 1)))
    #expect(throws: ModelError.self) { try read("{\"word_attention\": {\"local_weight\": 0}}") }
    #expect(throws: ModelError.self) { try read("{\"word_attention\": {\"sharpness\": 4}}") }
  }
}
