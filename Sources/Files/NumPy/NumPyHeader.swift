/// The beginning of a `.npy` file, versions 1 to 3 of the format.
///
/// Source: NumPy's `numpy/lib/format.py`.
struct NumPyHeader: Equatable {
  /// Bytes before the numbers.
  let length: Int
  let elements: NumPyElements
  let rows: Int
  let columns: Int

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// NumPy's own limit is 10,000 characters.
  private static let maximumLength = 1 << 16

  /// Reads the header of a matrix whose numbers fill the rest of the file.
  ///
  /// - Throws: ``NumPyProblem``.
  init(_ bytes: UnsafeRawBufferPointer) throws(NumPyProblem) {
    guard bytes.count >= 12, bytes.starts(with: Self.magic) else {
      throw NumPyProblem("it is not a NumPy file")
    }
    guard (1...3).contains(bytes[6]) else {
      throw NumPyProblem("its NumPy format \(bytes[6]) is unknown")
    }
    let start = bytes[6] == 1 ? 10 : 12
    let size =
      bytes[6] == 1
      ? Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self)))
      : Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
    guard size <= bytes.count - start, size <= Self.maximumLength else {
      throw NumPyProblem("its header is cut off")
    }
    let text = String(decoding: bytes[start..<start + size], as: UTF8.self)
    guard text.contains("'fortran_order': False") else {
      throw NumPyProblem(
        "its numbers are not stored row after row; save it with numpy.ascontiguousarray")
    }
    guard let shape = text.firstMatch(of: #/'shape': \(([0-9]{1,18}), ([0-9]{1,18}),?\)/#),
      let rows = Int(shape.1), let columns = Int(shape.2), columns > 0
    else { throw NumPyProblem("it is not a matrix: \(text.prefix(120))") }
    guard let type = text.firstMatch(of: #/'descr': '([^']{1,16})'/#),
      let elements = NumPyElements(rawValue: String(type.1))
    else {
      throw NumPyProblem(
        "its numbers are not little-endian float16, float32 or float64: \(text.prefix(120))")
    }
    let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
    let body = bytes.count - start - size
    guard !overflow, count <= body / elements.size, count * elements.size == body else {
      throw NumPyProblem("it says \(rows) × \(columns) numbers, but holds \(body) bytes of them")
    }
    length = start + size
    self.elements = elements
    self.rows = rows
    self.columns = columns
  }

  /// The header of a matrix, version 1.0: a Python dictionary, padded.
  ///
  /// It has the same length for every number of rows, so that it can be written again when the rows are
  /// counted.
  static func bytes(_ elements: NumPyElements, rows: Int, columns: Int) -> [UInt8] {
    let text =
      "{'descr': '\(elements.rawValue)', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
    let padding = String(repeating: " ", count: max(0, 128 - 10 - text.utf8.count - 1))
    let body = Array((text + padding + "\n").utf8)
    return magic + [1, 0, UInt8(body.count & 0xFF), UInt8(body.count >> 8)] + body
  }
}

/// The kinds of numbers that are read and written, by NumPy's names.
package enum NumPyElements: String, CaseIterable, Sendable {
  case float16 = "<f2"
  case float32 = "<f4"
  case float64 = "<f8"

  /// Bytes of a number.
  var size: Int {
    switch self {
    case .float16: 2
    case .float32: 4
    case .float64: 8
    }
  }
}

/// What is wrong with a `.npy` file, as the end of a sentence.
struct NumPyProblem: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
