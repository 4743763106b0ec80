import CLIPEvaluation
import Foundation
import Testing

/// Against scikit-learn and ELEVATER's evaluators (`Scripts/fixtures/classification.py`).
@Suite("Metrics of classification")
struct ClassificationMetricTests {
  struct Golden: Decodable {
    let name: String
    let labels: Int
    let targets: [Int]
    let scores: [Float]
    let positives: [[Int]]
    let accuracy: Double
    let meanPerClass: Double
    let elevenPoints: Double
    let confusion: [Int]
    let top3: Double?
    let rocAuc: Double?

    var labelScores: LabelScores {
      get throws {
        try LabelScores(
          scores, labelCount: labels, targets: targets, positives: positives.map(Set.init))
      }
    }
  }

  static func goldens() throws -> [Golden] {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(
      [Golden].self, from: Data(contentsOf: Fixture.url("metrics.json")))
  }

  @Test("Every figure is scikit-learn's, with ties and with several labels a picture")
  func goldens() throws {
    for golden in try Self.goldens() {
      let scores = try golden.labelScores
      let name = Comment(rawValue: golden.name)
      #expect(
        abs(try ClassificationMetric.accuracy.value(of: scores) - golden.accuracy) < 1e-12, name)
      #expect(
        abs(try ClassificationMetric.meanPerClass.value(of: scores) - golden.meanPerClass) < 1e-12,
        name)
      #expect(
        abs(try ClassificationMetric.elevenPointMAP.value(of: scores) - golden.elevenPoints)
          < 1e-12,
        name)
      #expect(ConfusionMatrix(scores).counts == golden.confusion, name)
      if let top3 = golden.top3 { #expect(abs(scores.topAccuracy(3) - top3) < 1e-12, name) }
      if let area = golden.rocAuc {
        #expect(abs(try ClassificationMetric.rocAUC.value(of: scores) - area) < 1e-12, name)
      }
    }
  }

  @Test("Data sets are judged as ELEVATER judges them")
  func dataSets() {
    for name in [
      "caltech-101", "fgvc-aircraft-2013b-variants102", "oxford-flower-102", "oxford-iiit-pets",
    ] {
      #expect(ClassificationMetric.elevater(for: name) == .meanPerClass)
    }
    #expect(ClassificationMetric.elevater(for: "voc-2007-classification") == .elevenPointMAP)
    #expect(ClassificationMetric.elevater(for: "hateful-memes") == .rocAUC)
    for name in ["eurosat_clip", "imagenet", "fruits-cn"] {
      #expect(ClassificationMetric.elevater(for: name) == .accuracy)
    }
    #expect(DatasetFamily.templates(for: "resisc45_clip") == "satellite")
    #expect(DatasetFamily.templates(for: "my-pictures") == "general")
  }

  @Test("Labels without pictures do not count in means, and have no area under the curve")
  func emptyLabel() throws {
    let scores = try LabelScores(
      [0.9, 0.1, 0, 0.2, 0.8, 0], labelCount: 3, targets: [0, 0])
    #expect(try ClassificationMetric.meanPerClass.value(of: scores) == 0.5)
    #expect(try ClassificationMetric.elevenPointMAP.value(of: scores) == 1)
    #expect(throws: EvaluationError.self) { try ClassificationMetric.rocAUC.value(of: scores) }
  }

  @Test("Scores that do not fit are refused")
  func refusals() {
    #expect(throws: EvaluationError.self) { try LabelScores([], labelCount: 2, targets: []) }
    #expect(throws: EvaluationError.self) { try LabelScores([1], labelCount: 2, targets: [0]) }
    #expect(throws: EvaluationError.self) { try LabelScores([1, 0], labelCount: 2, targets: [2]) }
    #expect(throws: EvaluationError.notFinite(side: "scores", row: 0)) {
      try LabelScores([.nan, 0], labelCount: 2, targets: [0])
    }
  }

  @Test("The minimum score parts right labels from those that win without the right one")
  func minimumScore() throws {
    // Right winners at 0.5 and 0.45; without them 0.3 and 0.35 win.
    let cosines = try LabelScores(
      [0.5, 0.3, 0.2, 0.35, 0.45, 0.1], labelCount: 3, targets: [0, 1])
    let minimum = try #require(MinimumScore(cosines))
    #expect(abs(minimum.cosine - 0.4) < 1e-6)
    #expect(minimum.kept == 1 && minimum.refused == 1 && minimum.pictureCount == 2)
    #expect(MinimumScore(try LabelScores([0.1, 0.2], labelCount: 2, targets: [0])) == nil)
  }
}
