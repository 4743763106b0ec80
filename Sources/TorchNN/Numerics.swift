public import Torch

/// How a model's weights are kept and its layers compute.
public struct Numerics: Hashable, Sendable {
  /// The type of weights and activations.
  public var dtype: DType
  /// Where the model lives.
  public var device: Device
  /// Whether matrices are converted once to the CPU's own layout, which then cannot be trained.
  public var packed: Bool

  /// Full precision on the CPU, as checkpoints are.
  public static let exact = Numerics(dtype: .float32, device: .cpu, packed: false)

  /// Names the three choices.
  public init(dtype: DType, device: Device, packed: Bool = false) {
    self.dtype = dtype
    self.device = device
    self.packed = packed
  }
}
