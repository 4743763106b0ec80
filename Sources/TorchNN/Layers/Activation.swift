public import Torch

/// An elementwise function between linear layers.
public enum Activation: String, Codable, Hashable, Sendable {
  /// x·Φ(x), exact.
  case gelu
  /// x·σ(1.702x), as in OpenAI CLIP.
  case quickGELU = "quick_gelu"
  /// max(x, 0).
  case relu
  /// min(max(x, 0), 6).
  case relu6

  /// Applies the function to every element.
  public func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    switch self {
    case .gelu: try x.gelu()
    case .quickGELU: try x.quickGELU()
    case .relu: try x.relu()
    case .relu6: try x.relu6()
    }
  }
}
