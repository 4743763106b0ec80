import Foundation

/// What a vector belongs to, as the output names it.
enum FeatureKey {
  case image(String)
  case imageIdentifier(Int64)
  case text(String)
  case textIdentifier(Int64)

  /// The key and value that begin the line, with the original's spacing.
  fileprivate func json() throws -> String {
    switch self {
    case .image(let path): "\"image\": \(try Self.quoted(path))"
    case .imageIdentifier(let identifier): "\"image_id\": \(identifier)"
    case .text(let text): "\"text\": \(try Self.quoted(text))"
    case .textIdentifier(let identifier): "\"text_id\": \(identifier)"
    }
  }

  private static func quoted(_ text: String) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    return try String(decoding: encoder.encode(text), as: UTF8.self)
  }
}

/// Writes vectors as lines of JSON, or as a NumPy matrix.
final class FeatureWriter {
  private let writer: ResultWriter
  private let dimension: Int
  /// The rows of a matrix, which must be counted before its header can be written.
  private var matrix: Data?

  /// - Parameters:
  ///   - path: a file, a matrix if its name ends in `.npy`; standard output if absent.
  ///   - dimension: the length of every vector.
  /// - Throws: ``CommandFailure`` when the file cannot be written.
  init(path: String?, dimension: Int) throws {
    writer = try ResultWriter(path: path)
    self.dimension = dimension
    matrix = path?.hasSuffix(".npy") == true ? Data() : nil
  }

  /// Adds one vector.
  func add(_ key: FeatureKey, _ vector: ArraySlice<Float>) throws {
    if matrix != nil {
      vector.withUnsafeBytes { matrix?.append(contentsOf: $0) }
      return
    }
    let numbers = vector.map { String(Double($0)) }.joined(separator: ", ")
    try writer.line("{\(key.json()), \"feature\": [\(numbers)]}")
  }

  /// Completes the file.
  func finish() throws {
    if let matrix {
      let rows = matrix.count / (4 * dimension)
      try writer.write(Self.numpyHeader(rows: rows, columns: dimension))
      try writer.write(matrix)
    }
    try writer.finish()
  }

  /// Version 1.0 of NumPy's format: magic, length, a Python dictionary, padding to 64 bytes.
  private static func numpyHeader(rows: Int, columns: Int) -> Data {
    var text =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
    let unpadded = 10 + text.utf8.count + 1
    text += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
    var header = Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0])
    header.append(UInt8(text.utf8.count & 0xFF))
    header.append(UInt8(text.utf8.count >> 8))
    return header + Data(text.utf8)
  }
}
