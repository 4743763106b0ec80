import CLIPModels
import Checkpoints
import Foundation
import Testing
import Torch
import TorchNN

/// Tiny models of Wukong's published code, under its own names, in its three forms.
@Suite struct WukongTests {
  static let text = TextTransformer.Configuration(
    vocabularySize: 64, maximumPositions: 8, width: 32, layers: 2, heads: 4, mlpWidth: 128)
  static let image = VisionTransformer.Configuration(
    imageSize: 32, patchSize: 8, width: 64, layers: 1, heads: 1, mlpWidth: 256,
    activation: .quickGELU)
  static let tokenwise = TokenwiseInteraction(zeroesPadding: true)

  func checkpoint(_ name: String) throws -> (Checkpoint, Fixture) {
    let url = Bundle.module.bundleURL.appending(path: "Fixtures/\(name).safetensors")
    let file = try Checkpoint.open(url)
    #expect(file.family == .wukong)
    let entries = file.entries.filter { !$0.name.hasPrefix("golden.") }
    let weights = try file.replacing(entries.map { ($0.name, $0.tensor) })
    let (native, report) = try weights.native()
    #expect(report.leftOver.isEmpty)
    return (native, try Fixture(name))
  }

  func configuration(
    _ image: ImageEncoderConfiguration = .visionTransformer(image), reducer: Int? = nil,
    interaction: InteractionConfiguration = .global
  ) -> ModelConfiguration {
    ModelConfiguration(
      name: "tiny", embeddingDimension: 16, contextLength: 8, image: image,
      imageOutput: OutputConfiguration(
        reducer: reducer.map { .attentionMaps(count: $0, groups: 8) }),
      text: .textTransformer(Self.text), interaction: interaction)
  }

  func model(
    _ checkpoint: Checkpoint, _ configuration: ModelConfiguration, prepared: Bool = false
  ) throws -> DualEncoder {
    let model = try DualEncoder(
      configuration, parameters: Parameters(from: CheckpointSource(checkpoint)))
    return prepared
      ? try model.converted(to: Numerics(dtype: .float32, device: .cpu, prepared: true)) : model
  }

  func features(
    _ model: DualEncoder, _ fixture: Fixture, tokens: Bool
  ) throws -> (images: Features, texts: Features) {
    let options = EncodingOptions(mode: .inference, wantsTokens: tokens)
    let ids = try fixture.golden("tokens")
    return (
      try model.imageEncoder(fixture.golden("images"), options: options).normalized(),
      try model.textEncoder(ids, mask: ids.isNotEqual(to: 0), options: options).normalized()
    )
  }

  @Test(
    "one vector each: the class token, and the last token that is no padding",
    arguments: [false, true])
  func global(prepared: Bool) throws {
    let (checkpoint, fixture) = try checkpoint("wukong-vit")
    let model = try model(checkpoint, configuration(), prepared: prepared)
    let (images, texts) = try features(model, fixture, tokens: false)
    try expectClose(images.embedding, fixture.golden("image"))
    try expectClose(texts.embedding, fixture.golden("text"))
    try expectClose(
      GlobalInteraction().imageToText(images, texts), fixture.golden("global_image_to_text"))
    // Padding is never seen: fewer of it changes nothing.
    let ids = try fixture.golden("tokens").sliced(1..<2).sliced(0..<3, axis: 1)
    let alone = try model.textEncoder(ids, mask: nil, options: .inference).normalized()
    try expectClose(alone.embedding, fixture.golden("text").sliced(1..<2))
  }

  @Test("token by token, padding answers with zero; the class token is left out")
  func tokenwise() throws {
    let (checkpoint, fixture) = try checkpoint("wukong-vit")
    let model = try model(checkpoint, configuration(interaction: .tokenwise(Self.tokenwise)))
    let (images, texts) = try features(model, fixture, tokens: true)
    try expectClose(
      #require(images.tokens).sliced(1..<17, axis: 1), fixture.golden("image_tokens"))
    let valid = try fixture.golden("tokens").isNotEqual(to: 0).to(.float32).unsqueezed(2)
    try expectClose(#require(texts.tokens) * valid, fixture.golden("text_tokens"))
    try expectClose(
      Self.tokenwise.imageToText(images, texts), fixture.golden("tokenwise_image_to_text"))
    try expectClose(
      Self.tokenwise.textToImage(texts, images), fixture.golden("tokenwise_text_to_image"))
  }

  @Test("reduced to four tokens by maps whose weights sum to one over the places")
  func reduced() throws {
    let (checkpoint, fixture) = try checkpoint("wukong-vit")
    let model = try model(
      checkpoint, configuration(reducer: 4, interaction: .tokenwise(Self.tokenwise)))
    #expect(model.parameters.unusedNames.isEmpty)
    let (images, texts) = try features(model, fixture, tokens: true)
    #expect(images.tokens?.shape == [3, 4, 16] && images.special == 0)
    try expectClose(#require(images.tokens), fixture.golden("reduced_image"))
    try expectClose(
      Self.tokenwise.imageToText(images, texts), fixture.golden("reduced_image_to_text"))
    try expectClose(
      Self.tokenwise.textToImage(texts, images), fixture.golden("reduced_text_to_image"))
    #expect(TokenReduction(recognizedIn: checkpoint) == .attentionMaps(count: 4, groups: 8))
  }

  @Test("with Swin: the mean of the places, and three tokens of them")
  func swin() throws {
    let (checkpoint, fixture) = try checkpoint("wukong-swin")
    let swin = ImageEncoderConfiguration.swin(SwinTests.configuration)
    let model = try model(
      checkpoint, configuration(swin, reducer: 3, interaction: .tokenwise(Self.tokenwise)))
    #expect(model.parameters.unusedNames.isEmpty)
    let (images, _) = try features(model, fixture, tokens: true)
    try expectClose(images.embedding, fixture.golden("image"))
    try expectClose(#require(images.tokens), fixture.golden("reduced_image"))
  }

  @Test(
    "every name of the published files arrives and goes back",
    arguments: ["wukong-vit", "wukong-swin"])
  func names(name: String) throws {
    let (native, _) = try checkpoint(name)
    let url = Bundle.module.bundleURL.appending(path: "Fixtures/\(name).safetensors")
    let file = try Checkpoint.open(url)
    let map = name == "wukong-swin" ? NameMap.wukongSwin : .wukong
    let (back, report) = try map(native, .fromNative)
    #expect(report.leftOver.isEmpty && report.dropped.isEmpty)
    let wanted = file.entries.filter {
      !$0.name.hasPrefix("golden.") && !$0.name.hasSuffix("relative_position_index")
        && !$0.name.hasSuffix("attn_mask")
    }
    #expect(Set(back.names) == Set(wanted.map(\.name)))
    for entry in wanted {
      #expect(back[entry.name]?.shape == entry.tensor.shape, "\(entry.name)")
    }
    // Files from before the renaming are read too.
    let older = try file.replacing(
      wanted.map { ($0.name.replacing("token_reduction", with: "token_learner"), $0.tensor) })
    #expect(try Set(older.native().checkpoint.names) == Set(native.names))
  }

  @Test(
    "the presets are the published configurations, and a file of their shapes is told",
    arguments: [
      "Wukong-ViT-B-32": (256, 12, true), "Wukong-ViT-B-32-F": (256, nil, true),
      "Wukong-ViT-B-32-G": (512, nil, false), "Wukong-ViT-L-14": (256, 24, true),
      "Wukong-ViT-L-14-F": (256, nil, true), "Wukong-ViT-L-14-G": (768, nil, false),
      "Wukong-Swin-L": (256, 12, true), "Wukong-Swin-L-F": (256, nil, true),
      "Wukong-Swin-L-G": (768, nil, false),
    ] as [String: (Int, Int?, Bool)])
  func presets(name: String, expected: (dimension: Int, tokens: Int?, isTokenwise: Bool)) throws {
    let configuration = try Presets.configuration(named: name)
    #expect(try Presets.wholeModels().contains(name))
    #expect(configuration.name == name && configuration.contextLength == 32)
    #expect(configuration.embeddingDimension == expected.dimension)
    #expect(
      configuration.imageOutput.reducer
        == expected.tokens.map { .attentionMaps(count: $0, groups: 8) })
    #expect(configuration.interaction.interaction.needsTokens == expected.isTokenwise)
    let read = try ModelConfiguration(json: configuration.json(), file: "config.json")
    #expect(read == configuration)
    let parameters = Parameters(from: nil, missing: .outline)
    _ = try DualEncoder(configuration, parameters: parameters)
    #expect(parameters.count > 100_000_000)
    let guessed = try ModelConfiguration(
      guessedFrom: outline(parameters), file: "x.pt", imageEncoder: nil, textEncoder: nil)
    #expect(guessed == configuration)
  }

  /// A checkpoint of the same names and shapes, without numbers.
  private func outline(_ parameters: Parameters) throws -> Checkpoint {
    try Checkpoint(
      parameters.entries.map { entry in
        (entry.name, try CheckpointTensor(.uint8, shape: entry.tensor.shape) { [] })
      })
  }

  @Test("a file of other sizes does not tell its form, and says so")
  func ambiguous() throws {
    var configuration = try Presets.configuration(named: "Wukong-ViT-B-32-F")
    configuration.embeddingDimension = 128
    let parameters = Parameters(from: nil, missing: .outline)
    _ = try DualEncoder(configuration, parameters: parameters)
    let checkpoint = try outline(parameters)
    let error = #expect(throws: ModelError.self) {
      try ModelConfiguration(
        guessedFrom: checkpoint, file: "x.pt", imageEncoder: nil, textEncoder: nil)
    }
    #expect(error?.description.contains("vectors or tokens") == true, "\(error?.description ?? "")")
  }
}
