public import Torch

/// What pictures or texts are compared by: what flows from an encoder to an interaction.
public struct Features: Sendable {
  /// `[batch, dimension]`.
  public var embedding: Tensor
  /// `[batch, tokens, dimension]`; nil unless asked for.
  public var tokens: Tensor?
  /// Bool `[batch, tokens]`, false at padding; nil: there is none.
  public var valid: Tensor?
  /// How many leading tokens stand for the whole and not for a place: 1 for a class token.
  public var special: Int

  /// Joins the parts.
  public init(embedding: Tensor, tokens: Tensor? = nil, valid: Tensor? = nil, special: Int = 0) {
    self.embedding = embedding
    self.tokens = tokens
    self.valid = valid
    self.special = special
  }

  /// The number of pictures or texts.
  public var count: Int { embedding.shape[0] }

  /// In `float32` and of unit length: every embedding, and every token.
  public func normalized() throws(TorchError) -> Features {
    var unit = self
    unit.embedding = try embedding.to(.float32).normalized()
    unit.tokens = try tokens.map { tokens throws(TorchError) in
      try tokens.to(.float32).normalized()
    }
    return unit
  }
}
