import Foundation

/// What a model has learned about its scores, as numbers: how they become probabilities.
public struct LogitScale: Hashable, Sendable {
  /// What scores are multiplied by.
  public var multiplier: Float
  /// What is added then; nil in models whose probabilities are shares of one.
  public var bias: Float?

  /// Joins the two.
  public init(multiplier: Float, bias: Float? = nil) {
    self.multiplier = multiplier
    self.bias = bias
  }

  /// The probabilities of one picture's scores with some texts, or of one text's with some pictures.
  ///
  /// - Parameter scores: as the model's interaction gives them.
  /// - Returns: shares that sum to one; with a ``bias`` each one's own probability, as in SigLIP.
  public func probabilities(of scores: some Sequence<Float>) -> [Float] {
    guard let bias else { return Softmax.shares(of: scores, scale: multiplier) }
    return scores.map { 1 / (1 + exp(-($0 * multiplier + bias))) }
  }
}
