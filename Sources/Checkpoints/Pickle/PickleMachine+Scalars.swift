extension PickleMachine {
  /// The value of an operation that carries it.
  mutating func scalar(_ operation: PickleOperation) throws -> PickleValue {
    switch operation {
    case .none: return .none
    case .newTrue: return .boolean(true)
    case .newFalse: return .boolean(false)
    case .binInt: return .integer(Int64(try cursor.integer(Int32.self)))
    case .binInt1: return .integer(Int64(try cursor.integer(UInt8.self)))
    case .binInt2: return .integer(Int64(try cursor.integer(UInt16.self)))
    case .long1: return try long(count: cursor.count(as: UInt8.self))
    case .long4: return try long(count: cursor.count(as: Int32.self))
    case .binFloat:
      let bits = UInt64(bigEndian: UInt64(littleEndian: try cursor.integer(UInt64.self)))
      return .number(Double(bitPattern: bits))
    case .shortBinUnicode: return .string(try text(count: cursor.count(as: UInt8.self)))
    case .binUnicode: return .string(try text(count: cursor.count(as: UInt32.self)))
    case .binUnicode8: return .string(try text(count: cursor.count(as: UInt64.self)))
    case .shortBinString: return try oldString(count: cursor.count(as: UInt8.self))
    case .binString: return try oldString(count: cursor.count(as: Int32.self))
    case .shortBinBytes: return .bytes(try data(count: cursor.count(as: UInt8.self)))
    case .binBytes: return .bytes(try data(count: cursor.count(as: UInt32.self)))
    default: return .bytes(try data(count: cursor.count(as: UInt64.self)))
    }
  }

  /// A two's complement number of any length; 0 bytes are zero.
  private mutating func long(count: Int) throws -> PickleValue {
    // PyTorch's own longest is the ten bytes of its magic number.
    guard count <= 128 else {
      throw CheckpointError.limitExceeded(
        source: source, what: "the length of a number in bytes", found: count, allowed: 128)
    }
    let bytes = try cursor.take(count)
    guard count <= 8 else { return .bigInteger(Array(bytes)) }
    var value: UInt64 = bytes.last.map { $0 >= 0x80 } == true ? .max : 0
    for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
    return .integer(Int64(bitPattern: value))
  }

  private mutating func data(count: Int) throws -> [UInt8] { Array(try cursor.take(count)) }

  private mutating func text(count: Int) throws -> String {
    let bytes = try cursor.take(count)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw damage("a string is not UTF-8")
    }
    return text
  }

  /// A `str` of Python 2: text when it is ASCII.
  private mutating func oldString(count: Int) throws -> PickleValue {
    let bytes = try cursor.take(count)
    guard bytes.allSatisfy({ $0 < 0x80 }) else { return .bytes(Array(bytes)) }
    return .string(String(decoding: bytes, as: UTF8.self))
  }
}
