import Foundation
import Torch

/// Whether probabilities mean what they say: of all pictures that a model names with 80 %, 80 of 100
/// should be right.
public struct Calibration: Sendable, Hashable, Codable {
  /// Pictures whose best label has a probability of one range.
  public struct Bin: Sendable, Hashable, Codable {
    /// Pictures in it.
    public let count: Int
    /// Their mean probability.
    public let confidence: Double
    /// Share of them that are right.
    public let accuracy: Double
  }

  /// What cosines were multiplied by.
  public let scale: Double
  /// Ten equal ranges of probability; those without pictures are left out.
  public let bins: [Bin]
  /// The mean distance of confidence and accuracy over all pictures.
  ///
  /// Source: Guo et al., *On Calibration of Modern Neural Networks*, 2017, equation 3.
  public let expectedError: Double
  /// The mean of −log of the right label's probability.
  public let logLoss: Double

  private static let binCount = 10

  /// Measures it at one scale.
  ///
  /// - Parameters:
  ///   - cosines: of all pictures with all labels.
  ///   - scale: what cosines are multiplied by before the softmax.
  /// - Throws: `TorchError`.
  public init(_ cosines: LabelScores, scale: Double) throws {
    let logits = try Self.tensor(cosines) * scale
    let (best, loss) = try withInferenceMode {
      let shares: [Double] = try logits.softmax(axis: 1).max(axis: 1).scalars(Double.self)
      return (shares, try Self.logLoss(logits, cosines.targets))
    }
    var bins = [(count: Int, confidence: Double, right: Int)](
      repeating: (0, 0, 0), count: Self.binCount)
    for (picture, share) in best.enumerated() {
      let bin = min(Self.binCount - 1, max(0, Int(share * Double(Self.binCount))))
      bins[bin].count += 1
      bins[bin].confidence += share
      if cosines.prediction(of: picture) == cosines.targets[picture] { bins[bin].right += 1 }
    }
    self.scale = scale
    self.bins = bins.filter { $0.count > 0 }.map {
      Bin(
        count: $0.count, confidence: $0.confidence / Double($0.count),
        accuracy: Double($0.right) / Double($0.count))
    }
    expectedError = self.bins.reduce(0) {
      $0 + abs($1.accuracy - $1.confidence) * Double($1.count) / Double(best.count)
    }
    logLoss = loss
  }

  /// The scale at which the right labels are most probable: the fitted temperature is one over it.
  ///
  /// - Parameter cosines: of all pictures with all labels.
  /// - Returns: 0.1 to 10,000.
  /// - Throws: `TorchError`.
  public static func fittedScale(_ cosines: LabelScores) throws -> Double {
    let values = try tensor(cosines)
    func loss(_ logarithm: Double) throws -> Double {
      try withInferenceMode { try logLoss(values * exp(logarithm), cosines.targets) }
    }
    // The loss is convex in the scale, so it has one minimum: golden section.
    let ratio = (5.0.squareRoot() - 1) / 2
    var (low, high) = (log(0.1), log(10_000.0))
    var (a, b) = (high - ratio * (high - low), low + ratio * (high - low))
    var (lossA, lossB) = (try loss(a), try loss(b))
    while high - low > 1e-6 {
      if lossA < lossB {
        (high, b, lossB) = (b, a, lossA)
        a = high - ratio * (high - low)
        lossA = try loss(a)
      } else {
        (low, a, lossA) = (a, b, lossB)
        b = low + ratio * (high - low)
        lossB = try loss(b)
      }
    }
    return exp((low + high) / 2)
  }

  private static func tensor(_ scores: LabelScores) throws -> Tensor {
    try Tensor(scores.values, shape: [scores.pictureCount, scores.labelCount]).to(.float64)
  }

  private static func logLoss(_ logits: Tensor, _ targets: [Int]) throws -> Double {
    let right = try logits.gathered(
      Tensor(targets.map(Int64.init), shape: [targets.count, 1]), axis: 1)
    return try logits.logSumExp(axis: 1).mean().item() - right.mean().item()
  }
}
