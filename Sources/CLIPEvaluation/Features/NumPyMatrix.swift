import CLIPData
public import CLIPModels
public import Foundation

/// Matrices in NumPy's `.npy` format, versions 1 to 3: float16, float32 or float64, row after row.
public enum NumPyMatrix {
  /// Reads a matrix; other numbers become float32.
  ///
  /// - Throws: ``EvaluationError/badFile(path:problem:)``, and `DataError` when it cannot be opened.
  public static func read(_ url: URL) throws -> Embeddings {
    let file = try MappedFile(url)
    func fail(_ problem: String) -> EvaluationError { .badFile(path: url.path, problem: problem) }
    let bytes = file.bytes
    guard bytes.count >= 12, bytes.prefix(6).elementsEqual([0x93] + Array("NUMPY".utf8)) else {
      throw fail("it is not a NumPy file")
    }
    let isOld = bytes[6] == 1
    guard (1...3).contains(bytes[6]) else { throw fail("its NumPy format \(bytes[6]) is unknown") }
    let start = isOld ? 10 : 12
    let length =
      isOld
      ? Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self)))
      : Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
    guard length <= bytes.count - start, length < 1 << 16 else {
      throw fail("its header is cut off")
    }
    let header = String(decoding: bytes[start..<start + length], as: UTF8.self)
    guard header.contains("'fortran_order': False") else {
      throw fail("its numbers are not stored row after row; save it with numpy.ascontiguousarray")
    }
    guard let shape = header.firstMatch(of: #/'shape': \(([0-9]{1,18}), ([0-9]{1,18})\)/#),
      let rows = Int(shape.1), let columns = Int(shape.2)
    else { throw fail("it is not a matrix: \(header.prefix(120))") }
    guard let type = header.firstMatch(of: #/'descr': '<f([248])'/#), let width = Int(type.1) else {
      throw fail("its numbers are not float16, float32 or float64: \(header.prefix(120))")
    }
    let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
    let body = UnsafeRawBufferPointer(rebasing: bytes[(start + length)...])
    guard columns > 0, !overflow, count <= body.count / width, count * width == body.count else {
      throw fail("it says \(rows) × \(columns) numbers, but holds \(body.count) bytes of them")
    }
    let values = withExtendedLifetime(file) { numbers(body, count: count, width: width) }
    return Embeddings(dimension: columns, values: values)
  }

  private static func numbers(_ bytes: UnsafeRawBufferPointer, count: Int, width: Int) -> [Float] {
    switch width {
    case 2:
      (0..<count).map { Float(bytes.loadUnaligned(fromByteOffset: 2 * $0, as: Float16.self)) }
    case 4: (0..<count).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    default:
      (0..<count).map { Float(bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self)) }
    }
  }
}
