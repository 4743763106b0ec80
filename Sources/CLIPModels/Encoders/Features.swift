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
  /// The embedding before it got unit length; nil unless asked for.
  public var raw: Tensor?
  /// `[batch, tokens, places]`: how much of each place is in a token; nil where tokens are places.
  package var maps: Tensor?

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
  ///
  /// - Parameters:
  ///   - keepsRaw: whether the embedding is wanted as it was, too.
  ///   - normalizesTokens: whether tokens get unit length, as most interactions compare them.
  /// - Returns: the same features.
  /// - Throws: `TorchError` when LibTorch cannot compute it.
  public func normalized(
    keepsRaw: Bool = false, tokens normalizesTokens: Bool = true
  ) throws(TorchError) -> Features {
    var unit = self
    let exact = try embedding.to(.float32)
    unit.embedding = try exact.normalized()
    unit.raw = keepsRaw ? exact : nil
    unit.tokens = try tokens.map { tokens throws(TorchError) in
      let exact = try tokens.to(.float32)
      return normalizesTokens ? try exact.normalized() : exact
    }
    return unit
  }

  /// Everything that gradients flow through, changed alike.
  package func map(
    _ change: (Tensor) throws(TorchError) -> Tensor
  ) throws(TorchError) -> Features {
    var changed = self
    changed.embedding = try change(embedding)
    if let tokens { changed.tokens = try change(tokens) }
    if let raw { changed.raw = try change(raw) }
    changed.maps = nil
    return changed
  }

  /// Some of the pictures or texts.
  public func sliced(_ rows: Range<Int>) throws(TorchError) -> Features {
    var part = try map { tensor throws(TorchError) in try tensor.sliced(rows) }
    if let valid { part.valid = try valid.sliced(rows) }
    if let maps { part.maps = try maps.sliced(rows) }
    return part
  }

  /// All of several, one after another; all have the same parts and equally many tokens.
  package static func concatenated(_ parts: [Features]) throws(TorchError) -> Features {
    guard var whole = parts.first, parts.count > 1 else {
      guard let only = parts.first else { throw TorchError("there are no features to join") }
      return only
    }
    whole.embedding = try .concatenated(parts.map(\.embedding))
    if whole.tokens != nil { whole.tokens = try .concatenated(parts.compactMap(\.tokens)) }
    if whole.raw != nil { whole.raw = try .concatenated(parts.compactMap(\.raw)) }
    if whole.maps != nil { whole.maps = try .concatenated(parts.compactMap(\.maps)) }
    if parts.contains(where: { $0.valid != nil }) {
      var masks: [Tensor] = []
      for part in parts { masks.append(try part.validity()) }
      whole.valid = try .concatenated(masks)
    }
    return whole
  }

  /// The validity of all tokens, bool `[batch, tokens]`.
  private func validity() throws(TorchError) -> Tensor {
    if let valid { return valid }
    let shape = [count, tokens?.shape[1] ?? 0]
    return try Tensor.ones(shape, device: embedding.device).isGreater(than: 0)
  }

  /// With tokens of zero, which are not valid, up to a number of them.
  package func padded(to length: Int) throws(TorchError) -> Features {
    guard let tokens else { return self }
    let missing = length - tokens.shape[1]
    var padded = self
    padded.valid = try validity()
    guard missing > 0 else { return padded }
    let (batch, width, device) = (count, tokens.shape[2], tokens.device)
    padded.tokens = try .concatenated(
      [tokens, .zeros([batch, missing, width], dtype: tokens.dtype, device: device)], axis: 1)
    let none = try Tensor.zeros([batch, missing], device: device).isGreater(than: 0)
    padded.valid = try .concatenated([validity(), none], axis: 1)
    return padded
  }
}
