import CLIPEmbeddedModel
import CLIPImages
import CLIPModels
import Foundation
import Testing

@Suite("Zero-shot classification")
struct ZeroShotClassifierTests {
  // Two labels with two sentences each, in a plane.
  private static let angles: [[Double]] = [[0.1, 0.9], [1.2, 2.0]]
  private static let scale: Float = 5

  private func unit(_ angles: [Double]) -> Embeddings {
    Embeddings(dimension: 2, values: angles.flatMap { [Float(cos($0)), Float(sin($0))] })
  }

  private func scores(_ ensemble: PromptEnsemble, at angle: Double) throws
    -> ZeroShotClassifier.Scores
  {
    let classifier = try ZeroShotClassifier(
      labels: ["甲", "乙"], sentences: unit(Self.angles.flatMap(\.self)), ensemble: ensemble,
      scale: LogitScale(multiplier: Self.scale))
    return try classifier(unit([angle]))[0]
  }

  private func softmax(_ logits: [Double]) -> [Double] {
    let weights = logits.map { exp(5 * $0) }
    return weights.map { $0 / weights.reduce(0, +) }
  }

  @Test("Each ensemble is its formula", arguments: PromptEnsemble.allCases)
  func formulas(_ ensemble: PromptEnsemble) throws {
    let angle = 0.8
    let cosines = Self.angles.map { $0.map { cos($0 - angle) } }
    let expected: [Double]
    switch ensemble {
    case .meanEmbedding:
      // The mean of two unit vectors points between them.
      expected = softmax(Self.angles.map { cos(($0[0] + $0[1]) / 2 - angle) })
    case .meanSimilarity: expected = softmax(cosines.map { ($0[0] + $0[1]) / 2 })
    case .maximum: expected = softmax(cosines.map { max($0[0], $0[1]) })
    case .meanProbability:
      let each = (0..<2).map { template in softmax(cosines.map { $0[template] }) }
      expected = (0..<2).map { (each[0][$0] + each[1][$0]) / 2 }
    }
    let found = try scores(ensemble, at: angle)
    for (a, b) in zip(found.probabilities, expected) { #expect(abs(Double(a) - b) < 1e-6) }
    #expect(abs(found.probabilities.reduce(0, +) - 1) < 1e-6)
  }

  @Test("Labels are ranked best first, equals in their order")
  func ranking() throws {
    let classifier = try ZeroShotClassifier(
      labels: ["甲", "乙", "丙"], sentences: unit([0.5, 0.1, 0.5]), ensemble: .meanEmbedding,
      scale: LogitScale(multiplier: 1))
    let scores = try classifier(unit([0.5, 0.1]))
    #expect(scores[0].ranking == [0, 2, 1])
    #expect(scores[1].ranking == [1, 0, 2])
  }

  @Test("A model's probabilities are the classifier's with one template, so there is one softmax")
  func likeProbabilities() throws {
    let model = try CLIP.embedded()
    let labels = ["老虎", "柠檬", "飞机"]
    let image = try RGBImage(
      width: 224, height: 224, pixels: [UInt8](repeating: 90, count: 224 * 224 * 3))
    let picture = try model.embed(images: [image])
    let classifier = try ZeroShotClassifier(
      labels: labels, prompts: PromptSet(name: "plain", texts: ["{}"]), model: model)
    let scores = try classifier(picture)[0]
    let direct = try model.probabilities(of: model.embed(texts: labels), for: picture)[0]
    for (a, b) in zip(scores.probabilities, direct) { #expect(abs(a - b) < 1e-5) }
  }

  @Test("Labels without sentences, or without a common direction, are refused")
  func refusals() throws {
    #expect(throws: ModelError.self) {
      try ZeroShotClassifier(
        labels: ["甲", "乙"], sentences: unit([0.1, 0.2, 0.3]), ensemble: .maximum,
        scale: LogitScale(multiplier: 1))
    }
    let opposite = Embeddings(dimension: 2, values: [1, 0, -1, 0])
    #expect(
      throws: ModelError.prompts(
        source: "the label '甲'", problem: "its sentences have no direction in common")
    ) {
      try ZeroShotClassifier(
        labels: ["甲"], sentences: opposite, ensemble: .meanEmbedding,
        scale: LogitScale(multiplier: 1))
    }
  }

  @Test("Logits that overflow an exponential still give shares, and a zero vector has no direction")
  func extremes() {
    #expect(Softmax.shares(of: [1e4, 1e4, -1e4]) == [0.5, 0.5, 0])
    #expect(Softmax.shares(of: []) == [])
    #expect(UnitVector.of([0, 0] as [Float]) == nil)
    #expect(UnitVector.of([3, 4] as [Float]) == [0.6, 0.8])
    #expect(UnitVector.of([Float.infinity, 1]) == nil)
  }
}
