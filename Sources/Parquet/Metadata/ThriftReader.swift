/// Reads Thrift's compact protocol, in which Parquet keeps what it says about its pages.
///
/// Fields come in any order and unknown ones are passed over; nothing is allocated for a size that
/// the file merely claims.
struct ThriftReader {
  /// What a field holds, as the protocol numbers it.
  enum Kind: UInt8 {
    case yes = 1
    case no, byte, short, integer, long, double, binary, list, set, map, structure
  }

  private let bytes: UnsafeRawBufferPointer
  private(set) var position = 0
  private static let maximumDepth = 32

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Reads a structure: calls `body` for each field, which must read or skip its value.
  mutating func structure(
    _ body: (_ id: Int, _ kind: Kind, _ reader: inout ThriftReader) throws(ParquetProblem) -> Void
  ) throws(ParquetProblem) {
    var id = 0
    while true {
      let head = try byte()
      guard head != 0 else { return }
      guard let kind = Kind(rawValue: head & 0x0F) else {
        throw ParquetProblem("a field has the unknown type \(head & 0x0F)")
      }
      let step = Int(head >> 4)
      id = step == 0 ? Int(truncatingIfNeeded: try zigzag()) : id + step
      guard (0...Int(Int16.max)).contains(id) else {
        throw ParquetProblem("a field's number is wrong")
      }
      try body(id, kind, &self)
    }
  }

  /// Reads a list: calls `begin` with the number of elements, then `body` for each.
  mutating func list(
    _ kind: Kind, begin: (Int) throws(ParquetProblem) -> Void = { (_) throws(ParquetProblem) in },
    _ body: (_ kind: Kind, _ reader: inout ThriftReader) throws(ParquetProblem) -> Void
  ) throws(ParquetProblem) {
    guard kind == .list || kind == .set else { throw ParquetProblem("a list was expected") }
    let head = try byte()
    guard let element = Kind(rawValue: head & 0x0F) else {
      throw ParquetProblem("a list's elements have the unknown type \(head & 0x0F)")
    }
    let count = head >> 4 == 15 ? try count() : Int(head >> 4)
    try begin(count)
    for _ in 0..<count { try body(element, &self) }
  }

  mutating func integer(_ kind: Kind) throws(ParquetProblem) -> Int {
    switch kind {
    case .byte: return Int(Int8(bitPattern: try byte()))
    case .short, .integer, .long: return Int(try zigzag())
    default: throw ParquetProblem("a whole number was expected")
    }
  }

  /// Reads a number of things, or an offset.
  mutating func size(_ kind: Kind) throws(ParquetProblem) -> Int {
    let value = try integer(kind)
    guard value >= 0 else { throw ParquetProblem("a size is negative") }
    return value
  }

  /// A truth value of a structure, which is told by its type.
  func boolean(_ kind: Kind) throws(ParquetProblem) -> Bool {
    guard kind == .yes || kind == .no else { throw ParquetProblem("a truth value was expected") }
    return kind == .yes
  }

  mutating func text(_ kind: Kind) throws(ParquetProblem) -> String {
    guard kind == .binary else { throw ParquetProblem("a text was expected") }
    return String(decoding: try taken(try count()), as: UTF8.self)
  }

  mutating func skip(_ kind: Kind, depth: Int = 0) throws(ParquetProblem) {
    guard depth < Self.maximumDepth else { throw ParquetProblem("fields are nested too deeply") }
    switch kind {
    case .yes, .no: break
    case .byte: _ = try byte()
    case .short, .integer, .long: _ = try varint()
    case .double: _ = try taken(8)
    case .binary: _ = try taken(try count())
    case .list, .set:
      try list(kind) { (element, reader) throws(ParquetProblem) in
        try reader.skipElement(element, depth: depth + 1)
      }
    case .map:
      let count = try count()
      guard count > 0 else { return }
      let kinds = try byte()
      guard let key = Kind(rawValue: kinds >> 4), let value = Kind(rawValue: kinds & 0x0F) else {
        throw ParquetProblem("a map's entries have unknown types")
      }
      for _ in 0..<count {
        try skipElement(key, depth: depth + 1)
        try skipElement(value, depth: depth + 1)
      }
    case .structure:
      try structure { (_, kind, reader) throws(ParquetProblem) in
        try reader.skip(kind, depth: depth + 1)
      }
    }
  }

  /// Truth values take a byte where there is no field to tell them.
  private mutating func skipElement(_ kind: Kind, depth: Int) throws(ParquetProblem) {
    if kind == .yes || kind == .no { _ = try byte() } else { try skip(kind, depth: depth) }
  }

  // MARK: Small steps

  private mutating func byte() throws(ParquetProblem) -> UInt8 {
    guard position < bytes.count else { throw ParquetProblem("its description is cut off") }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func taken(_ count: Int) throws(ParquetProblem) -> Slice<UnsafeRawBufferPointer>
  {
    guard count <= bytes.count - position else {
      throw ParquetProblem("its description is cut off")
    }
    defer { position += count }
    return bytes[position..<position + count]
  }

  private mutating func varint() throws(ParquetProblem) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), through: 63, by: 7) {
      let byte = try byte()
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
    }
    throw ParquetProblem("a number has more than 64 bits")
  }

  private mutating func zigzag() throws(ParquetProblem) -> Int64 {
    let value = try varint()
    return Int64(bitPattern: value >> 1) ^ -Int64(value & 1)
  }

  /// A number of elements or bytes, each of which takes a byte at least.
  private mutating func count() throws(ParquetProblem) -> Int {
    let value = try varint()
    guard value <= UInt64(bytes.count - position) else {
      throw ParquetProblem("its description claims more than it holds")
    }
    return Int(value)
  }
}
