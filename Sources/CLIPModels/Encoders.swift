public import Torch
public import TorchNN

/// What a caller wants from an encoder's forward pass.
public struct EncodingOptions: Hashable, Sendable {
  /// Dropout and batch statistics exist in training alone.
  public var mode: Mode
  /// Whether the embedding of every token is wanted, which costs the last block in full.
  public var wantsTokens: Bool
  /// The share of image patches left out at random in training.
  ///
  /// Source: Li et al., *Scaling Language-Image Pre-training via Masking* (FLIP), 2022.
  public var maskRatio: Double
  /// Whether the backward pass computes transformer blocks again instead of remembering them.
  public var recomputesBlocks: Bool

  /// One embedding for each input, for use.
  public static let inference = EncodingOptions(mode: .inference)

  /// Names the choices.
  public init(
    mode: Mode, wantsTokens: Bool = false, maskRatio: Double = 0, recomputesBlocks: Bool = false
  ) {
    self.mode = mode
    self.wantsTokens = wantsTokens
    self.maskRatio = maskRatio
    self.recomputesBlocks = recomputesBlocks
  }
}

extension EncodingOptions {
  /// `block(x)`, remembered or computed again in the backward pass.
  func run(_ x: Tensor, _ block: @escaping (Tensor) throws -> Tensor) throws -> Tensor {
    recomputesBlocks ? try recomputed(x, block) : try block(x)
  }
}

/// What an encoder gives back; nothing is normalised.
public struct Encoded: Sendable {
  /// `[batch, dimension]`.
  public let embedding: Tensor
  /// `[batch, tokens, dimension]`, the class token first; nil unless asked for.
  public let tokens: Tensor?

  /// Joins the two.
  public init(embedding: Tensor, tokens: Tensor? = nil) {
    self.embedding = embedding
    self.tokens = tokens
  }
}

/// A network that maps pictures into the shared space.
public protocol ImageEncoder: Sendable {
  /// The side of its square pictures, in pixels.
  var imageSize: Int { get }

  /// - Parameters:
  ///   - images: `[batch, 3, imageSize, imageSize]`, normalised.
  ///   - options: what is wanted.
  /// - Returns: embeddings, `[batch, dimension]`, not normalised.
  /// - Throws: `TorchError` when the shapes disagree.
  func callAsFunction(_ images: Tensor, options: EncodingOptions) throws -> Encoded
}

/// A network that maps sentences into the shared space.
public protocol TextEncoder: Sendable {
  /// How many tokens it can take.
  var maximumPositions: Int { get }

  /// - Parameters:
  ///   - tokens: `[batch, length]` ids, `[CLS]` first.
  ///   - mask: `[batch, length]` bool, true at tokens and false at padding; nil without padding.
  ///   - options: what is wanted.
  /// - Returns: embeddings, `[batch, dimension]`, not normalised.
  /// - Throws: `TorchError` when the shapes disagree or there are too many tokens.
  func callAsFunction(
    _ tokens: Tensor, mask: Tensor?, options: EncodingOptions
  ) throws -> Encoded
}
