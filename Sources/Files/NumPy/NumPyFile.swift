package import Foundation

/// A matrix of floats in a `.npy` file, mapped into memory: rows of `float16`, `float32` or `float64`.
package struct NumPyFile: Sendable {
  /// The path as given, for messages.
  package var path: String { file.path }
  /// Number of rows.
  package let rows: Int
  /// Numbers of a row, at least 1.
  package let columns: Int
  private let file: MappedFile
  private let start: Int
  private let elements: NumPyElements

  /// Opens a file.
  ///
  /// - Throws: ``FileError/unreadable(path:reason:)``, also for anything but such a matrix and for one
  ///   that is cut off or has bytes behind its numbers.
  package init(_ url: URL) throws(FileError) {
    file = try MappedFile(url)
    do throws(NumPyProblem) {
      let header = try NumPyHeader(file.bytes)
      (rows, columns) = (header.rows, header.columns)
      (start, elements) = (header.length, header.elements)
    } catch {
      throw .unreadable(path: file.path, reason: error.description)
    }
  }

  /// A row as `float32`.
  package func row(_ index: Int) -> [Float] { numbers(index * columns..<(index + 1) * columns) }

  /// All numbers as `float32`, row after row.
  package func values() -> [Float] { numbers(0..<rows * columns) }

  private func numbers(_ range: Range<Int>) -> [Float] {
    let first = start + range.lowerBound * elements.size
    let bytes = file.bytes(in: first..<first + range.count * elements.size)
    return withExtendedLifetime(file) {
      switch elements {
      case .float16:
        (0..<range.count).map {
          Float(bytes.loadUnaligned(fromByteOffset: 2 * $0, as: Float16.self))
        }
      case .float32:
        (0..<range.count).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
      case .float64:
        (0..<range.count).map {
          Float(bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self))
        }
      }
    }
  }
}
