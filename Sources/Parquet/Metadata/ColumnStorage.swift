/// How a column's values lie in its pages.
struct ColumnStorage: Sendable, Hashable {
  /// Parquet's physical types, as the format numbers them.
  enum Physical: Int {
    case boolean, int32, int64, int96, float, double, byteArray, fixed
  }

  /// What the bytes mean.
  enum Meaning: Hashable {
    case plain, text, unsigned, half
  }

  let physical: Physical
  /// Bytes of a value of fixed length.
  let length: Int
  let meaning: Meaning

  /// Bytes of a value; nil where that differs, or where it is a bit.
  var width: Int? {
    switch physical {
    case .boolean, .byteArray: nil
    case .int32, .float: 4
    case .int64, .double: 8
    case .int96: 12
    case .fixed: length
    }
  }

  /// The value that a decoder found.
  func value(_ raw: RawValue) -> ParquetValue {
    switch raw {
    case .bit(let bit): return .boolean(bit)
    case .integer(let value):
      guard meaning == .unsigned else { return .integer(value) }
      return .unsigned(
        physical == .int32
          ? UInt64(UInt32(truncatingIfNeeded: value)) : UInt64(bitPattern: value))
    case .float(let value): return .float(value)
    case .double(let value): return .double(value)
    case .bytes(let slice):
      switch meaning {
      case .text:
        // Bytes that are no UTF-8 stay what they are: their reader may know better.
        return String(validating: slice, as: UTF8.self).map { .text($0) } ?? .bytes(Array(slice))
      case .half where slice.count == 2:
        let pattern = slice.reversed().reduce(UInt16(0)) { $0 << 8 | UInt16($1) }
        return .float(Self.half(pattern))
      default: return .bytes(Array(slice))
      }
    }
  }

  /// A number in half precision, which not every machine's Swift has as a type.
  private static func half(_ pattern: UInt16) -> Float {
    let sign: Float = pattern & 0x8000 == 0 ? 1 : -1
    let exponent = Int(pattern >> 10 & 0x1F)
    let fraction = Float(pattern & 0x3FF)
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default:
      let scale = Float(sign: .plus, exponent: exponent - 25, significand: 1)
      return sign * (fraction + 1024) * scale
    }
  }
}

/// A value as the encoding has it.
enum RawValue {
  case bit(Bool)
  case integer(Int64)
  case float(Float)
  case double(Double)
  case bytes(ArraySlice<UInt8>)
}
