import CLIPEmbeddedModel
import CLIPImages
import CLIPModels
import CLIPText
import Checkpoints
import Foundation
import TestSupport
import Testing
import Torch
import TorchNN

/// Which words belong to which places.
@Suite struct ExplainerTests {
  /// A model of random weights.
  static func model(
    _ image: ImageEncoderConfiguration, _ change: (inout ModelConfiguration) -> Void = { _ in }
  ) throws -> ModelFiles {
    let vocabulary = try Vocabulary(contentsOf: checkpointFixture("vocab.txt"))
    var configuration = ModelConfiguration(
      name: "tiny", embeddingDimension: 24, contextLength: 12, image: image,
      text: .bert(
        BERT.Configuration(
          vocabularySize: vocabulary.count, maximumPositions: 20, tokenTypes: 2, width: 24,
          layers: 2, heads: 2, mlpWidth: 30, activation: .gelu, layerNormEpsilon: 1e-12,
          dropout: 0, projectionBias: false)))
    change(&configuration)
    try Random.seed(8)
    let parameters = Parameters(from: nil)
    _ = try withoutGradients { try DualEncoder(configuration, parameters: parameters) }
    let checkpoint = try Checkpoint(
      parameters.entries.map { entry in
        let bytes = try entry.tensor.withBytes { Array($0) }
        let type = ElementType(entry.tensor.dtype)
        return (entry.name, try CheckpointTensor(type, shape: entry.tensor.shape, bytes: bytes))
      })
    return try ModelFiles(
      configuration: configuration, checkpoint: checkpoint, family: .native, report: .init(),
      tokenizer: BERTTokenizer(vocabulary: vocabulary))
  }

  static let towers: [String: ImageEncoderConfiguration] = [
    "transformer": .visionTransformer(TowersTests.visionTransformer),
    "resnet": .resNet(.init(imageSize: 64, block: .basic, layers: [1, 1, 1, 1], width: 4)),
    "modified": .modifiedResNet(.init(imageSize: 64, layers: [1, 1, 1, 1], width: 4, heads: 4)),
    "efficientnet": .efficientNetLite(
      .init(imageSize: 64, widthMultiplier: 0.1, depthMultiplier: 1, projectionBias: true)),
  ]

  func picture(_ size: Int) throws -> RGBImage {
    var random = SplitMix(state: 4)
    return try RGBImage(
      width: size, height: size,
      pixels: (0..<size * size * 3).map { _ in UInt8.random(in: 0...255, using: &random) })
  }

  @Test("every tower is explained, twice alike", arguments: towers.keys.sorted())
  func everyTower(name: String) throws {
    let tower = try #require(Self.towers[name])
    let explainer = try Explainer(Self.model(tower), device: .cpu)
    let picture = try picture(tower.imageSize)
    let explanation = try explainer(picture, "一只猫")
    #expect(explanation.words == ["一", "只", "猫"])
    let side = name == "transformer" ? 4 : 2
    #expect(explanation.rows == side && explanation.columns == side)
    #expect(explanation.method == .gradient)
    #expect(explanation.weights.allSatisfy { $0.count == side * side && Set($0).count > 1 })
    #expect(try explainer(picture, "一只猫") == explanation)
    let json = try JSONEncoder().encode(explanation)
    #expect(try JSONDecoder().decode(Explanation.self, from: json) == explanation)
  }

  @Test("a map of gradients adds up to the slope of the score where places are averaged")
  func slope() throws {
    let tower = try #require(Self.towers["resnet"])
    let model = try Self.model(tower)
    let map = try Explainer(model, device: .cpu)(picture(64), "一只", words: ["一"]).weights[0]
    // v·∂s/∂v summed over all places is the derivative of s(t·v) at t = 1; a score of unit vectors
    // does not change with t.
    let largest = try #require(map.map(abs).max())
    #expect(largest > 0 && abs(map.reduce(0, +)) < 1e-3 * largest, "\(map)")
  }

  @Test("tokens that are compared explain themselves; attention sums to one")
  func tokens() throws {
    let tower = try #require(Self.towers["resnet"])
    func explanation(_ interaction: InteractionConfiguration) throws -> Explanation {
      let model = try Self.model(tower) {
        $0.interaction = interaction
        $0.imageOutput.tokens = TokenSource(layer: 3)
        $0.textOutput = OutputConfiguration(
          pooling: .mean(countsPadding: false), head: Head.none, reducer: .words(.sum))
      }
      return try Explainer(model, device: .cpu)(picture(64), "一只猫", words: ["一只", "猫"])
    }
    let attention = try explanation(.wordAttention(WordAttention()))
    #expect(attention.method == .wordAttention && attention.words == ["一只", "猫"])
    #expect(attention.rows == 4 && attention.columns == 4)
    for weights in attention.weights {
      #expect(abs(weights.reduce(0, +) - 1) < 1e-5 && weights.allSatisfy { $0 >= 0 })
    }
    let similarity = try explanation(.tokenwise(TokenwiseInteraction()))
    #expect(similarity.method == .tokenSimilarity)
    #expect(similarity.weights.joined().allSatisfy { abs($0) <= 1.0001 })
  }

  @Test("the embedded model finds each of four things in its quarter of a mosaic")
  func mosaic() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Demo/pictures")
    var canvas = Canvas(width: 224, height: 224, color: .init(red: 255, green: 255, blue: 255))
    let things = [("tiger", "老虎"), ("airplane", "飞机"), ("lemon", "柠檬"), ("penguin", "企鹅")]
    for (index, thing) in things.enumerated() {
      let data = try Data(contentsOf: folder.appending(path: "\(thing.0).jpg"))
      canvas.draw(
        try ImagePreprocessor(size: 112)(data), x: index % 2 * 112, y: index / 2 * 112)
    }
    let picture = try RGBImage(width: 224, height: 224, pixels: canvas.pixels)
    let explainer = try Explainer(ModelFiles.open(.embedded()), device: .cpu)
    let explanation = try explainer(
      picture, "飞机、企鹅、老虎、柠檬", words: things.map(\.1))
    for (index, weights) in explanation.weights.enumerated() {
      let best = try #require(weights.indices.max { weights[$0] < weights[$1] })
      // The places in the middle see two quarters.
      let (row, column) = (best / 7, best % 7)
      #expect((index / 2 == 0 ? 0...3 : 3...6).contains(row), "\(things[index])")
      #expect((index % 2 == 0 ? 0...3 : 3...6).contains(column), "\(things[index])")
    }
  }

  @Test("a word that is not in the text, and a text without words, are refused")
  func refusals() throws {
    let explainer = try Explainer(Self.model(#require(Self.towers["resnet"])), device: .cpu)
    let picture = try picture(64)
    #expect {
      _ = try explainer(picture, "一只猫", words: ["狗"])
    } throws: { "\($0)".contains("'狗' is not among the words of '一只猫': 一 只 猫") }
    #expect { _ = try explainer(picture, " ") } throws: { "\($0)".contains("has no words") }
  }

  @Test("the drawing shows the photograph, each word and the grid")
  func drawing() throws {
    let typeface = try #require(Typeface())
    #expect(typeface.has("一只猫") && typeface.width(of: "猫", size: 24) == 24)
    let explanation = Explanation(
      words: ["猫", "狗"], rows: 2, columns: 2, weights: [[1, 0, 0, 0], [0, -1, 0, 2]],
      method: .gradient)
    #expect(explanation.bestWords == [0, nil, nil, 1])
    #expect(explanation.strengths(of: 1) == [0, 0, 0, 1])
    let photo = try RGBImage(width: 60, height: 40, pixels: Array(repeating: 128, count: 7200))
    let png = try ExplanationPicture(photo, explanation, text: "猫狗", typeface: typeface).png()
    let drawn = try ImageDecoder().decode(png).convertedToRGB()
    #expect(drawn.width == 4 * 78 + 18 && drawn.height == 98 + 18)
    func pixel(_ x: Int, _ y: Int) -> [UInt8] {
      Array(drawn.pixels[(y * drawn.width + x) * 3..<(y * drawn.width + x) * 3 + 3])
    }
    #expect(pixel(18 + 30, 18 + 20) == [128, 128, 128])
    // The first word is warm above on the left, and grey below on the right.
    let (warm, cold) = (pixel(96 + 5, 18 + 5), pixel(96 + 55, 18 + 35))
    #expect(warm[0] > 180 && warm[2] < 90 && cold == [128, 128, 128])
    // Under it stands a word in dark ink.
    let ink = (58..<98).contains { y in (96..<156).contains { pixel($0, y)[0] < 90 } }
    #expect(ink)
  }
}
