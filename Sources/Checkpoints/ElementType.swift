/// The type of a tensor's elements, stored little-endian.
public enum ElementType: String, CaseIterable, Sendable, Codable {
  /// IEEE 754 binary32.
  case float32
  /// IEEE 754 binary16.
  case float16
  /// The upper half of a binary32.
  case bfloat16
  /// IEEE 754 binary64.
  case float64
  /// Signed 64 bit.
  case int64
  /// Signed 32 bit.
  case int32
  /// Signed 16 bit.
  case int16
  /// Signed 8 bit.
  case int8
  /// Unsigned 8 bit.
  case uint8
  /// One byte, 0 or 1.
  case bool

  /// Bytes of one element.
  public var byteCount: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16, .int16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  /// Whether the elements are floating-point numbers.
  public var isFloatingPoint: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16: true
    case .int64, .int32, .int16, .int8, .uint8, .bool: false
    }
  }
}

extension ElementType: CustomStringConvertible {
  /// The type's name as PyTorch spells it.
  public var description: String { rawValue }
}

extension ElementType {
  /// The name in a safetensors header, `F32`.
  var safetensorsName: String {
    switch self {
    case .float32: "F32"
    case .float16: "F16"
    case .bfloat16: "BF16"
    case .float64: "F64"
    case .int64: "I64"
    case .int32: "I32"
    case .int16: "I16"
    case .int8: "I8"
    case .uint8: "U8"
    case .bool: "BOOL"
    }
  }

  /// The type of a safetensors header's name; `nil` for one that is not read.
  init?(safetensorsName name: String) {
    guard let type = Self.allCases.first(where: { $0.safetensorsName == name }) else { return nil }
    self = type
  }

  /// The storage class in a PyTorch pickle, `FloatStorage` of the module `torch`.
  var storageName: String {
    switch self {
    case .float32: "FloatStorage"
    case .float16: "HalfStorage"
    case .bfloat16: "BFloat16Storage"
    case .float64: "DoubleStorage"
    case .int64: "LongStorage"
    case .int32: "IntStorage"
    case .int16: "ShortStorage"
    case .int8: "CharStorage"
    case .uint8: "ByteStorage"
    case .bool: "BoolStorage"
    }
  }

  /// The type of a storage class, `torch.FloatStorage` or `torch.cuda.FloatStorage`; `nil` for one
  /// that is not read.
  init?(storageGlobal name: String) {
    let last = name.split(separator: ".").last ?? ""
    guard name == "torch.\(last)" || name == "torch.cuda.\(last)",
      let type = Self.allCases.first(where: { $0.storageName == last })
    else { return nil }
    self = type
  }
}
