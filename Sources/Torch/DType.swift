internal import CTorch

/// The type of a tensor's elements.
public enum DType: String, Hashable, Sendable, CaseIterable, Codable {
  case uint8, int8, int16, int32, int64, float16, bfloat16, float32, float64, bool

  /// Bytes that one element takes.
  public var byteCount: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .int16, .float16, .bfloat16: 2
    case .int32, .float32: 4
    case .int64, .float64: 8
    }
  }

  /// Whether gradients can flow through elements of this type.
  public var isFloatingPoint: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64: true
    case .uint8, .int8, .int16, .int32, .int64, .bool: false
    }
  }

  var raw: ct_dtype {
    switch self {
    case .uint8: CT_UINT8
    case .int8: CT_INT8
    case .int16: CT_INT16
    case .int32: CT_INT32
    case .int64: CT_INT64
    case .float16: CT_FLOAT16
    case .float32: CT_FLOAT32
    case .float64: CT_FLOAT64
    case .bool: CT_BOOL
    case .bfloat16: CT_BFLOAT16
    }
  }

  init?(_ raw: ct_dtype) {
    guard let match = Self.allCases.first(where: { $0.raw == raw }) else { return nil }
    self = match
  }
}

/// A Swift type whose arrays can become tensors and come back.
public protocol TensorScalar: Sendable {
  /// The element type of a tensor of these.
  static var dtype: DType { get }
}

extension Float: TensorScalar {
  /// A tensor of these has `float32` elements.
  public static var dtype: DType { .float32 }
}
extension Double: TensorScalar {
  /// A tensor of these has `float64` elements.
  public static var dtype: DType { .float64 }
}
extension Int64: TensorScalar {
  /// A tensor of these has `int64` elements.
  public static var dtype: DType { .int64 }
}
extension Int32: TensorScalar {
  /// A tensor of these has `int32` elements.
  public static var dtype: DType { .int32 }
}
extension Int8: TensorScalar {
  /// A tensor of these has `int8` elements.
  public static var dtype: DType { .int8 }
}
extension UInt8: TensorScalar {
  /// A tensor of these has `uint8` elements.
  public static var dtype: DType { .uint8 }
}
extension Bool: TensorScalar {
  /// A tensor of these has `bool` elements.
  public static var dtype: DType { .bool }
}
