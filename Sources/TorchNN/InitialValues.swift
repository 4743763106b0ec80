public import Torch

/// How a parameter starts when no checkpoint gives its values.
public enum InitialValues: Hashable, Sendable {
  case zeros
  case ones
  case constant(Double)
  /// Normal around zero with a standard deviation.
  case normal(Double)
  /// Uniform in ±bound.
  case uniform(Double)

  /// PyTorch's default for a linear layer or convolution: uniform in ±1/√fan-in.
  public static func fanIn(_ inputs: Int) -> InitialValues {
    .uniform(1 / Double(inputs).squareRoot())
  }

  /// PyTorch's Xavier-uniform: ±√(6 / (fan-in + fan-out)).
  public static func xavierUniform(_ inputs: Int, _ outputs: Int) -> InitialValues {
    .uniform((6 / Double(inputs + outputs)).squareRoot())
  }

  /// Draws the values from LibTorch's default generator.
  public func tensor(_ shape: [Int]) throws(TorchError) -> Tensor {
    switch self {
    case .zeros: try .zeros(shape)
    case .ones: try .ones(shape)
    case .constant(let value): try .full(shape, value)
    case .normal(let deviation): try Random.normal(shape) * deviation
    case .uniform(let bound): try (Random.uniform(shape) * 2 - 1) * bound
    }
  }
}
