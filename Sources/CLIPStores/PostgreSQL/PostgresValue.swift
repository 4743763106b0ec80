import CLIPSearch
import Foundation

/// A value of a statement, in the place of `$1`, `$2`, …; never a part of its text.
enum PostgresValue {
  case null
  case integer(Int64)
  case text(String)
  case bytes(Data)
  /// A `halfvec`.
  case halves([Float])
  /// A `vector`.
  case floats([Float])

  /// As the server reads it, and whether that is its binary form.
  var encoded: (bytes: [UInt8], isBinary: Bool)? {
    switch self {
    case .null: nil
    case .integer(let number): (Array(String(number).utf8), false)
    case .text(let text): (Array(text.utf8), false)
    case .bytes(let data): (Array(data), true)
    case .halves, .floats: (binary ?? [], true)
    }
  }

  /// The binary form, which `COPY` wants of every value; `nil` for null.
  var binary: [UInt8]? {
    switch self {
    case .null: return nil
    case .integer(let number): return Self.bigEndian(number)
    case .text(let text): return Array(text.utf8)
    case .bytes(let data): return Array(data)
    case .halves(let vector):
      var bytes = Self.bigEndian(Int16(vector.count)) + [0, 0]
      let halves = VectorCodec.encode(vector)
      bytes.reserveCapacity(4 + halves.count)
      for start in stride(from: halves.startIndex, to: halves.endIndex, by: 2) {
        bytes.append(halves[start + 1])
        bytes.append(halves[start])
      }
      return bytes
    case .floats(let vector):
      return vector.reduce(into: Self.bigEndian(Int16(vector.count)) + [0, 0]) {
        $0 += Self.bigEndian($1.bitPattern)
      }
    }
  }

  static func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }

  static func optional(_ text: String?) -> PostgresValue { text.map(Self.text) ?? .null }

  /// An array of numbers.
  static func numbers(_ numbers: some Sequence<Int64>) -> PostgresValue {
    .text("{" + numbers.map { String($0) }.joined(separator: ",") + "}")
  }

  /// An array of texts.
  static func texts(_ texts: some Sequence<String>) -> PostgresValue {
    let quoted = texts.map { text in
      let escaped = text.replacingOccurrences(of: "\\", with: "\\\\")
        .replacingOccurrences(of: "\"", with: "\\\"")
      return "\"\(escaped)\""
    }
    return .text("{" + quoted.joined(separator: ",") + "}")
  }
}
