public import Checkpoints
public import Torch

extension DType {
  /// The type that checkpoints call by another name.
  public init(_ type: ElementType) {
    self =
      switch type {
      case .float32: .float32
      case .float16: .float16
      case .bfloat16: .bfloat16
      case .float64: .float64
      case .int64: .int64
      case .int32: .int32
      case .int16: .int16
      case .int8: .int8
      case .uint8: .uint8
      case .bool: .bool
      }
  }
}

extension ElementType {
  /// The type that tensors call by another name.
  public init(_ dtype: DType) {
    self =
      switch dtype {
      case .float32: .float32
      case .float16: .float16
      case .bfloat16: .bfloat16
      case .float64: .float64
      case .int64: .int64
      case .int32: .int32
      case .int16: .int16
      case .int8: .int8
      case .uint8: .uint8
      case .bool: .bool
      }
  }
}
