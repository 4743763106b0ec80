public import Torch

/// An elementwise function between linear layers.
public enum Activation: String, Codable, Hashable, Sendable {
  /// x·Φ(x), exact.
  case gelu
  /// x·σ(1.702x), as in OpenAI CLIP.
  case quickGELU = "quick_gelu"
  /// x·σ(x).
  case silu
  /// max(x, 0).
  case relu
  /// min(max(x, 0), 6).
  case relu6

  /// Applies the function to every element.
  public func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    switch self {
    case .gelu: try x.gelu()
    case .quickGELU: try x.quickGELU()
    case .silu: try x.silu()
    case .relu: try x.relu()
    case .relu6: try x.relu6()
    }
  }

  /// The kernel that applies it while a product is written, if there is one.
  var fused: FusedActivation? {
    switch self {
    case .gelu: .gelu
    case .quickGELU: nil
    case .silu: .silu
    case .relu: .relu
    case .relu6: .relu6
    }
  }
}
