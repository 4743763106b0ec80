public import CLIPModels
import Foundation
import Torch

/// Multinomial logistic regression on the vectors of a model that stays as it is.
///
/// Minimises `C Σ cross entropy + ½ ‖weights‖²`, biases free, in double precision by L-BFGS: the
/// objective of scikit-learn's `LogisticRegression(C=…)`, so the results are equal within its tolerance.
public struct LinearProbe: Sendable {
  /// One over the strength of the regularisation.
  public let c: Double
  /// How many labels there are.
  public let labelCount: Int
  /// `[labels · dimension]`.
  public let weights: [Double]
  /// `[labels]`.
  public let biases: [Double]
  /// Whether the minimum was reached.
  public let hasConverged: Bool

  /// Learns.
  ///
  /// - Parameters:
  ///   - pictures: vectors to learn from.
  ///   - labels: the label of each.
  ///   - labelCount: how many labels there are; one without pictures is never given.
  ///   - c: one over the strength of the regularisation.
  ///   - start: weights and biases to begin with, those of a neighbouring `c` for example.
  /// - Throws: ``EvaluationError/invalidSetting(_:)`` where the numbers do not fit; `TorchError`.
  public init(
    _ pictures: Embeddings, labels: [Int], labelCount: Int, c: Double, start: LinearProbe? = nil
  ) throws {
    guard pictures.count == labels.count, !labels.isEmpty, labelCount > 1, c > 0,
      labels.allSatisfy({ (0..<labelCount).contains($0) })
    else {
      throw EvaluationError.invalidSetting(
        "A linear probe needs as many labels as pictures, two labels at least, and a positive C.")
    }
    let (count, dimension) = (pictures.count, pictures.dimension)
    let x = try Tensor(pictures.values.map(Double.init), shape: [count, dimension])
    var oneHot = [Double](repeating: 0, count: count * labelCount)
    for (row, label) in labels.enumerated() { oneHot[row * labelCount + label] = 1 }
    let y = try Tensor(oneHot, shape: [count, labelCount])
    // scikit-learn has one vector for two labels; in ours each of the two is half of it.
    let penalty = (labelCount == 2 ? 2 : 1) / (c * Double(count))
    let size = labelCount * dimension
    let objective: LimitedMemoryBFGS.Objective = { point in
      try withInferenceMode {
        let w = try Tensor(Array(point[..<size]), shape: [labelCount, dimension])
        let b = try Tensor(Array(point[size...]), shape: [1, labelCount])
        let logits = try x.matmul(w.transposed()) + b
        let loss = try logits.logSumExp(axis: 1).sum().item() - (logits * y).sum().item()
        let error = try logits.softmax(axis: 1) - y
        var gradient: [Double] = try error.transposed().matmul(x).scalars(Double.self)
        gradient += try error.sum(axis: 0).scalars(Double.self)
        var squares = 0.0
        for index in gradient.indices {
          gradient[index] /= Double(count)
          if index < size {
            squares += point[index] * point[index]
            gradient[index] += penalty * point[index]
          }
        }
        return (loss / Double(count) + penalty * squares / 2, gradient)
      }
    }
    let first = start.map { $0.weights + $0.biases }
    let found = try LimitedMemoryBFGS().minimize(
      from: first ?? [Double](repeating: 0, count: size + labelCount), objective)
    self.c = c
    self.labelCount = labelCount
    weights = Array(found.point[..<size])
    biases = Array(found.point[size...])
    hasConverged = found.hasConverged
  }

  /// The probabilities of the labels.
  ///
  /// - Parameters:
  ///   - pictures: vectors.
  ///   - labels: the right label of each.
  /// - Returns: what all metrics are computed from.
  /// - Throws: ``EvaluationError``, `TorchError`.
  public func scores(_ pictures: Embeddings, labels: [Int]) throws -> LabelScores {
    let values: [Double] = try withInferenceMode {
      let x = try Tensor(
        pictures.values.map(Double.init), shape: [pictures.count, pictures.dimension])
      let w = try Tensor(weights, shape: [labelCount, pictures.dimension])
      let b = try Tensor(biases, shape: [1, labelCount])
      return try (x.matmul(w.transposed()) + b).softmax(axis: 1).scalars(Double.self)
    }
    return try LabelScores(values.map(Float.init), labelCount: labelCount, targets: labels)
  }

  /// The C with the highest accuracy on pictures that are not learned from, the smallest of equals.
  ///
  /// Ten decades first, then quarters of a decade around the best, each fit beginning where its
  /// neighbour ended.
  ///
  /// - Parameters:
  ///   - train: what is learned from.
  ///   - valid: what is judged by.
  ///   - labelCount: how many labels there are.
  /// - Returns: the C, and the accuracy of each that was tried, in rising order of C.
  /// - Throws: what learning throws.
  public static func chooseC(
    train: LabelledPictures, valid: LabelledPictures, labelCount: Int
  ) throws -> (c: Double, tried: [(c: Double, accuracy: Double)]) {
    var tried: [Double: Double] = [:]
    var last: LinearProbe?
    func attempt(_ exponent: Double) throws {
      guard tried[exponent] == nil else { return }
      let probe = try LinearProbe(
        train.embeddings, labels: train.labels, labelCount: labelCount, c: pow(10, exponent),
        start: last)
      last = probe
      tried[exponent] = try probe.scores(valid.embeddings, labels: valid.labels).topAccuracy(1)
    }
    func best() -> Double {
      tried.min { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }?.key ?? 0
    }
    for exponent in stride(from: -4.0, through: 5, by: 1) { try attempt(exponent) }
    for step in [0.5, 0.25] {
      let center = best()
      for exponent in [center - step, center + step] { try attempt(exponent) }
    }
    return (
      pow(10, best()), tried.sorted { $0.key < $1.key }.map { (pow(10, $0.key), $0.value) }
    )
  }
}
