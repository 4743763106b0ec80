import Torch
public import TorchNN

/// What a caller wants from an encoder's forward pass.
public struct EncodingOptions: Hashable, Sendable {
  /// Dropout and batch statistics exist in training alone.
  public var mode: Mode
  /// Whether the features of every token are wanted, which costs the last block in full.
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

  /// `block(x)`, remembered or computed again in the backward pass.
  func run(_ x: Tensor, _ block: @escaping (Tensor) throws -> Tensor) throws -> Tensor {
    recomputesBlocks ? try recomputed(x, block) : try block(x)
  }
}
