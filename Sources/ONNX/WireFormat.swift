import Foundation

/// The little of protocol buffers' encoding that lets weights of gigabytes stay where they are: a
/// message is a list of fields, each a number, a wire type and its bytes.
///
/// Source: protobuf.dev/programming-guides/encoding.
enum WireFormat {
  /// The messages on the way from a model to its weights, and those inside them by field number.
  enum Message {
    case model, graph, node, attribute, tensor

    func child(_ field: UInt64) -> Message? {
      switch (self, field) {
      case (.model, 7): .graph
      case (.graph, 1): .node
      case (.graph, 5): .tensor
      case (.node, 5): .attribute
      case (.attribute, 5): .tensor
      default: nil
      }
    }
  }

  /// The field of a tensor that holds its elements.
  static let rawData: UInt64 = 9
  /// The most bytes that a model without its weights may have: each may become a hundred in memory.
  static let longestStructure = 32 << 20

  /// The tag of a field whose length is written before it.
  static func tag(_ field: UInt64) -> [UInt8] { varint(field << 3 | 2) }

  static func varint(_ value: UInt64) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    repeat {
      bytes.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
      rest >>= 7
    } while rest > 0
    return bytes
  }

  /// A model's message with the place of each tensor's elements, offset and length, for the elements
  /// themselves.
  static func withoutWeights(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> [UInt8] {
    var total = 0
    return try stripped(bytes, 0..<bytes.count, .model, &total)
  }

  /// The range that ``withoutWeights(_:)`` put in the place of a tensor's elements.
  static func range(_ place: Data) -> Range<Int>? {
    guard place.count == 16 else { return nil }
    let numbers = place.withUnsafeBytes { bytes in
      [0, 8].map { Int(bytes.loadUnaligned(fromByteOffset: $0, as: Int64.self)) }
    }
    return numbers[0]..<numbers[0] + numbers[1]
  }

  private static func stripped(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ message: Message, _ total: inout Int
  ) throws(WireError) -> [UInt8] {
    var cursor = WireCursor(bytes: bytes, position: range.lowerBound, end: range.upperBound)
    var result: [UInt8] = []
    while let field = try cursor.next() {
      if let child = message.child(field.number), let content = field.content {
        let inner = try stripped(bytes, content, child, &total)
        result += tag(field.number) + varint(UInt64(inner.count)) + inner
        continue
      }
      if message == .tensor, field.number == rawData, let content = field.content {
        result += tag(rawData) + [16]
        for number in [content.lowerBound, content.count] {
          withUnsafeBytes(of: Int64(number).littleEndian) { result += $0 }
        }
        total += 18
      } else {
        result += bytes[field.whole]
        total += field.whole.count
      }
      guard total <= longestStructure else {
        throw WireError(
          "without its weights it has more than \(longestStructure >> 20) MiB, "
            + "the most that is read")
      }
    }
    return result
  }
}

/// What does not read as protocol buffers.
struct WireError: Error {
  let problem: String

  init(_ problem: String) { self.problem = problem }

  static let broken = WireError("it is no ONNX file, or it is cut off")
}

/// Walks through the fields of a message.
private struct WireCursor {
  struct Field {
    let number: UInt64
    /// Tag, length and content.
    let whole: Range<Int>
    /// The content of a field with a length.
    let content: Range<Int>?
  }

  let bytes: UnsafeRawBufferPointer
  var position: Int
  let end: Int

  mutating func next() throws(WireError) -> Field? {
    guard position < end else { return nil }
    let start = position
    let tag = try varint()
    var content: Range<Int>?
    switch tag & 7 {
    case 0: _ = try varint()
    case 1: try skip(8)
    case 2:
      let length = try varint()
      let begin = position
      guard length <= UInt64(end - position) else { throw .broken }
      try skip(Int(length))
      content = begin..<position
    case 5: try skip(4)
    default: throw .broken
    }
    guard tag >> 3 > 0 else { throw .broken }
    return Field(number: tag >> 3, whole: start..<position, content: content)
  }

  private mutating func skip(_ count: Int) throws(WireError) {
    guard count <= end - position else { throw .broken }
    position += count
  }

  private mutating func varint() throws(WireError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), through: 63, by: 7) {
      guard position < end else { throw .broken }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
    }
    throw .broken
  }
}
