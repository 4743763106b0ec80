public import Torch

/// How a model's weights are kept and its layers compute.
public struct Numerics: Hashable, Sendable {
  /// The type of weights and activations.
  public var dtype: DType
  /// Where the model lives.
  public var device: Device
  /// Whether layers are rearranged once for speed (folded, fused, packed), after which they cannot
  /// be trained and no longer are the checkpoint's tensors.
  public var prepared: Bool

  /// Full precision on the CPU, as checkpoints are.
  public static let exact = Numerics(dtype: .float32, device: .cpu, prepared: false)

  /// Names the three choices.
  public init(dtype: DType, device: Device, prepared: Bool = false) {
    self.dtype = dtype
    self.device = device
    self.prepared = prepared
  }

  /// The type that layers take their weights in: what preparation folds and scales is rounded to
  /// ``dtype`` once, after that.
  var loadedType: DType { prepared ? .float32 : dtype }
}
