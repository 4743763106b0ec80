package import ONNX
package import Torch

extension DType {
  /// The type that ONNX calls by another name.
  package init(_ type: ONNXElementType) {
    self =
      switch type {
      case .float32: .float32
      case .uint8: .uint8
      case .int8: .int8
      case .int16: .int16
      case .int32: .int32
      case .int64: .int64
      case .bool: .bool
      case .float16: .float16
      case .float64: .float64
      case .bfloat16: .bfloat16
      }
  }
}

extension ONNXElementType {
  /// The type that LibTorch calls by another name.
  package init(_ dtype: DType) {
    self =
      switch dtype {
      case .float32: .float32
      case .uint8: .uint8
      case .int8: .int8
      case .int16: .int16
      case .int32: .int32
      case .int64: .int64
      case .bool: .bool
      case .float16: .float16
      case .float64: .float64
      case .bfloat16: .bfloat16
      }
  }
}

extension Tensor {
  /// A tensor of a model's file, its memory shared with the file where that is possible.
  static func of(_ tensor: ONNXTensor) throws -> Tensor {
    let dtype = DType(tensor.elementType)
    if let (bytes, owner) = tensor.mapped, bytes.count > 0,
      Int(bitPattern: bytes.baseAddress).isMultiple(of: dtype.byteCount)
    {
      return try Tensor(borrowing: bytes, shape: tensor.shape, dtype: dtype, owner: owner)
    }
    var copy: Tensor?
    try tensor.withBytes { copy = try Tensor(bytes: $0, shape: tensor.shape, dtype: dtype) }
    guard let copy else { throw ONNXSessionError("the tensor '\(tensor.name)' has no elements") }
    return copy
  }
}
