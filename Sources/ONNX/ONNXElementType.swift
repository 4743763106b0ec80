/// The type of a tensor's elements, with ONNX's number for it.
public enum ONNXElementType: Int, Sendable, CaseIterable {
  case float32 = 1
  case uint8 = 2
  case int8 = 3
  case int16 = 5
  case int32 = 6
  case int64 = 7
  case bool = 9
  case float16 = 10
  case float64 = 11
  case bfloat16 = 16

  /// Bytes that one element takes.
  public var byteCount: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .int16, .float16, .bfloat16: 2
    case .float32, .int32: 4
    case .int64, .float64: 8
    }
  }
}

extension ONNXElementType: CustomStringConvertible {
  /// As ONNX writes it, `float` and `float16`.
  public var description: String {
    switch self {
    case .float32: "float"
    case .uint8: "uint8"
    case .int8: "int8"
    case .int16: "int16"
    case .int32: "int32"
    case .int64: "int64"
    case .bool: "bool"
    case .float16: "float16"
    case .float64: "double"
    case .bfloat16: "bfloat16"
    }
  }
}
