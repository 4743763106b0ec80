import CLIPEvaluation
import CLIPModels
import Foundation
import Testing

/// Against scikit-learn (`Scripts/fixtures/classification.py`).
@Suite("Probes")
struct ProbeTests {
  private struct Golden: Decodable {
    struct Logistic: Decodable {
      let c: Double
      let probabilities: [Double]
      let coefficients: [Double]
      let intercepts: [Double]
      let accuracy: Double
    }
    struct Neighbours: Decodable {
      let k: Int
      let weights: String
      let predictions: [Int]
      let accuracy: Double
    }
    let labels: Int
    let dimension: Int
    let train: [Float]
    let test: [Float]
    let trainTargets: [Int]
    let testTargets: [Int]
    let logistic: [Logistic]
    let neighbours: [Neighbours]

    var learned: LabelledPictures {
      LabelledPictures(Embeddings(dimension: dimension, values: train), labels: trainTargets)
    }
    var asked: Embeddings { Embeddings(dimension: dimension, values: test) }
  }

  private func golden() throws -> Golden {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Golden.self, from: Data(contentsOf: Fixture.url("probes.json")))
  }

  private func largest(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  @Test("Logistic regression has scikit-learn's weights and probabilities at every C")
  func logistic() throws {
    let golden = try golden()
    for expected in golden.logistic {
      let probe = try LinearProbe(
        golden.learned.embeddings, labels: golden.trainTargets, labelCount: golden.labels,
        c: expected.c)
      #expect(probe.hasConverged)
      let size = expected.coefficients.map(abs).max() ?? 1
      #expect(largest(probe.weights, expected.coefficients) < 1e-4 * size, "C \(expected.c)")
      let scores = try probe.scores(golden.asked, labels: golden.testTargets)
      #expect(largest(scores.values.map(Double.init), expected.probabilities) < 1e-5)
      #expect(scores.topAccuracy(1) == expected.accuracy)
    }
  }

  @Test("Two labels are scikit-learn's binary regression: one vector, of which each label has half")
  func binary() throws {
    // One dimension, two points: by symmetry the weight solves w = C · 2 · σ(−w).
    let pictures = Embeddings(dimension: 1, values: [-1, 1])
    let probe = try LinearProbe(pictures, labels: [0, 1], labelCount: 2, c: 1)
    let weight = probe.weights[1] - probe.weights[0]
    #expect(abs(weight - 2 / (1 + exp(weight))) < 1e-6)
  }

  @Test("The chosen C is the best of those tried, and the smallest of equals")
  func choice() throws {
    let golden = try golden()
    let asked = LabelledPictures(golden.asked, labels: golden.testTargets)
    let (c, tried) = try LinearProbe.chooseC(
      train: golden.learned, valid: asked, labelCount: golden.labels)
    let best = try #require(tried.map(\.accuracy).max())
    #expect(tried.first { $0.accuracy == best }?.c == c)
    #expect(tried.count >= 12)
  }

  @Test("Neighbours vote as in scikit-learn")
  func neighbours() throws {
    let golden = try golden()
    for expected in golden.neighbours {
      let probe = try NeighborProbe(
        golden.learned, labelCount: golden.labels, k: expected.k,
        weights: #require(NeighborProbe.Weights(rawValue: expected.weights)))
      let scores = try probe.scores(golden.asked, labels: golden.testTargets)
      #expect(golden.testTargets.indices.map { scores.prediction(of: $0) } == expected.predictions)
      #expect(scores.topAccuracy(1) == expected.accuracy)
    }
  }

  @Test("Few shots are as many of every label, the same for a seed and others for another")
  func shots() throws {
    let learned = try golden().learned
    let rows = learned.rows(ofEach: 3, seed: 1)
    #expect(rows.count == 12)
    #expect(Dictionary(grouping: rows) { learned.labels[$0] }.values.allSatisfy { $0.count == 3 })
    #expect(rows == learned.rows(ofEach: 3, seed: 1))
    #expect(rows != learned.rows(ofEach: 3, seed: 2))
    let (kept, heldOut) = try #require(learned.split(holdingOut: 0.2, seed: 0))
    #expect(kept.labels.count == 48 && heldOut.labels.count == 12)
    #expect(learned.selecting([0, 1]).split(holdingOut: 0.2, seed: 0) == nil)
  }
}
