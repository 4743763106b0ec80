import CLIPModels
import Checkpoints
import Foundation
import Testing
import Torch
import TorchNN

/// A tiny Swin of `transformers`, with which `timm` agrees: `golden_swin` of `towers.py`.
@Suite struct SwinTests {
  static let configuration = Swin.Configuration(
    imageSize: 32, patchSize: 2, width: 8, layers: [2, 2, 1], heads: [2, 2, 4], windowSize: 4)

  func encoder(
    _ parameters: Parameters, _ configuration: Swin.Configuration = configuration
  ) throws -> ImageEncoder {
    try ImageEncoder(configuration, embeddingDimension: 24, in: parameters.root)
  }

  @Test("places and embedding equal the peers'", arguments: [false, true])
  func parity(prepared: Bool) throws {
    let fixture = try Fixture("swin")
    let parameters = Parameters(from: fixture.source)
    var encoder = try encoder(parameters)
    #expect(parameters.unusedNames.allSatisfy { $0.hasPrefix("golden.") })
    if prepared {
      let numerics = Numerics(dtype: .float32, device: .cpu, prepared: true)
      encoder = try self.encoder(Parameters(from: parameters, numerics: numerics))
    }
    let images = try fixture.golden("images")
    let found = try encoder(images, options: EncodingOptions(mode: .inference, wantsTokens: true))
    try expectClose(found.embedding, fixture.golden("image"))
    let plain = try encoder(images, options: .inference)
    try expectClose(plain.embedding, fixture.golden("image"))
    let tokens = try #require(found.tokens)
    #expect(tokens.shape == [2, 16, 24] && found.special == 0)
    // The head maps places as it maps their mean.
    try expectClose(tokens.mean(axis: 1), fixture.golden("image"))
    let trunk = try Swin(
      Self.configuration, in: Parameters(from: fixture.source).root.part(.image) / "visual")
    let grid = try trunk(images, asking: .all, layers: [0, 1, 2], options: .inference)
    try expectClose(grid.tokens, fixture.golden("tokens"))
    #expect(grid.layers.mapValues(\.shape) == [0: [2, 256, 8], 1: [2, 256, 8], 2: [2, 64, 16]])
    #expect(Self.configuration.shape.layerWidths == [8, 8, 16, 32])
  }

  @Test("a batch gives what its pictures give alone, and gradients reach every tensor")
  func batchAndGradients() throws {
    let fixture = try Fixture("swin")
    let parameters = Parameters(from: fixture.source)
    let encoder = try encoder(parameters)
    let images = try fixture.golden("images")
    let alone = try encoder(images.sliced(1..<2), options: .inference).embedding
    try expectClose(alone, fixture.golden("image").sliced(1..<2))
    let learned = try parameters.freeze(.none)
    for recomputes in [false, true] {
      try learned.clearGradients()
      let options = EncodingOptions(mode: .training, recomputesBlocks: recomputes)
      try (encoder(images, options: options).embedding.power(2)).sum().backward()
      for entry in learned {
        let gradient = try #require(try entry.tensor.gradient(), "\(entry.name)")
        #expect(try gradient.absolute().max().item() > 0, "\(entry.name)")
      }
    }
    let blocks = Dictionary(grouping: learned, by: \.blocksAfter).keys.sorted()
    #expect(blocks == [0, 1, 2, 3, 4, 5])
  }

  @Test("tables fit windows of another size as the published code resizes them")
  func tables() throws {
    let fixture = try Fixture("swin")
    struct Table: TensorSource {
      let table: Tensor
      var sourceName: String { "table" }
      var tensorNames: [String] { [] }
      func tensor(named name: String) throws -> Tensor? { table }
    }
    var larger = Self.configuration
    larger.windowSize = 6
    larger.imageSize = 48
    let source = larger.fitted(Table(table: try fixture.golden("table")))
    let name = "visual.layers.0.blocks.0.attn.relative_position_bias_table"
    try expectClose(#require(try source.tensor(named: name)), fixture.golden("resized"))
    #expect(try source.tensor(named: "visual.proj")?.shape == [49, 2])
    // The whole tower, from a checkpoint of smaller windows.
    let parameters = Parameters(from: larger.fitted(fixture.source))
    let images = try Random.normal([1, 3, 48, 48])
    #expect(
      try encoder(parameters, larger)(images, options: .inference).embedding.shape == [1, 24])
  }

  @Test("a checkpoint's shapes tell the tower")
  func recognized() throws {
    let checkpoint = try Checkpoint.open(
      Bundle.module.bundleURL.appending(path: "Fixtures/swin.safetensors"))
    let hint = ArchitectureHint(checkpoint)
    #expect(hint.embeddingDimension == 24)
    #expect(hint.image?.configuration == .swin(Self.configuration))
  }

  @Test("windows that do not cover a stage are refused")
  func impossible() {
    func isPossible(_ change: (inout Swin.Configuration) -> Void) -> Bool {
      var changed = Self.configuration
      change(&changed)
      return changed.isPossible
    }
    #expect(isPossible { _ in })
    #expect(!isPossible { $0.windowSize = 7 })
    #expect(!isPossible { $0.heads = [2, 2] })
    #expect(!isPossible { $0.heads = [3, 2, 4] })
    #expect(!isPossible { $0.imageSize = 36 })
    #expect(!isPossible { $0.layers = [] })
    #expect(!isPossible { $0.mlpRatio = .infinity })
  }

  @Test(
    "the published sizes have as many parameters as timm's",
    arguments: [
      "Swin-T": 27_519_354, "Swin-S": 48_837_258, "Swin-B": 86_743_224, "Swin-L": 194_995_476,
    ])
  func totals(name: String, expected: Int) throws {
    let configuration = try Presets.configuration(
      imageEncoder: name, textEncoder: "RBT3-chinese")
    let parameters = Parameters(from: nil, missing: .outline)
    _ = try DualEncoder(configuration, parameters: parameters)
    let trunk = parameters.entries.filter { $0.part == .image }
    #expect(trunk.reduce(0) { $0 + $1.tensor.count } == expected)
    #expect(configuration.image.tower.isPossible && !configuration.image.tower.isOriginal)
    let read = try ModelConfiguration(json: configuration.json(), file: "config.json")
    #expect(read == configuration)
  }
}
