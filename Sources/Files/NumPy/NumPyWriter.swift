package import Foundation

/// Writes a matrix as a `.npy` file, row by row; the file appears when it is complete.
package final class NumPyWriter {
  /// Rows written so far.
  package private(set) var rows = 0
  private let file: AtomicFile
  private let elements: NumPyElements
  private let columns: Int

  /// Begins a file.
  ///
  /// - Parameters:
  ///   - url: its final place.
  ///   - columns: numbers of each row.
  ///   - elements: how they are written.
  ///   - makesFolder: whether its folder is made where it is missing.
  /// - Throws: ``FileError/unwritable(path:reason:)``.
  package init(
    _ url: URL, columns: Int, elements: NumPyElements = .float32, makesFolder: Bool = false
  ) throws(FileError) {
    file = try AtomicFile(url, makesFolder: makesFolder)
    self.elements = elements
    self.columns = columns
    try file.write(NumPyHeader.bytes(elements, rows: 0, columns: columns))
  }

  /// Adds a row.
  package func write(_ row: some Collection<Float>) throws(FileError) {
    precondition(row.count == columns, "a row has \(row.count) numbers, not \(columns)")
    var bytes: [UInt8] = []
    bytes.reserveCapacity(columns * elements.size)
    for number in row {
      switch elements {
      case .float16:
        withUnsafeBytes(of: Float16(number).bitPattern.littleEndian) { bytes += $0 }
      case .float32:
        withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes += $0 }
      case .float64:
        withUnsafeBytes(of: Double(number).bitPattern.littleEndian) { bytes += $0 }
      }
    }
    try file.write(bytes)
    rows += 1
  }

  /// Writes the number of rows and gives the file its name.
  package func commit() throws(FileError) {
    try file.overwrite(NumPyHeader.bytes(elements, rows: rows, columns: columns), at: 0)
    try file.commit()
  }
}
