import Files
import Foundation

/// Vectors of a part in a file, in half precision (cosines keep three digits), each with a key that tells
/// what it was made of; 0 for none.
struct VectorFile: Sendable {
  private static let magic = Array("CLPV0001".utf8)
  private static let headerSize = 16

  private let file: MappedFile
  let count: Int
  let dimension: Int

  /// Opens a file; nil where it is not there, or not whole, or of another count.
  init?(_ url: URL, count: Int) {
    guard let file = try? MappedFile(url), file.count >= Self.headerSize,
      file.bytes.prefix(8).elementsEqual(Self.magic)
    else { return nil }
    let numbers = (0..<2).map {
      Int(file.bytes.loadUnaligned(fromByteOffset: 8 + 4 * $0, as: UInt32.self))
    }
    guard numbers[0] == count, file.count == Self.headerSize + count * (8 + 2 * numbers[1]) else {
      return nil
    }
    self.file = file
    self.count = count
    dimension = numbers[1]
  }

  /// What a vector was made of; 0 where there is none.
  func key(_ index: Int) -> UInt64 {
    file.bytes.loadUnaligned(fromByteOffset: Self.headerSize + 8 * index, as: UInt64.self)
  }

  /// A vector; all zeros where there is none.
  func vector(_ index: Int) -> [Float] {
    let start = Self.headerSize + 8 * count + 2 * dimension * index
    return (0..<dimension).map {
      Float(file.bytes.loadUnaligned(fromByteOffset: start + 2 * $0, as: Float16.self))
    }
  }

  /// Writes vectors with their keys; an entry without is left zero.
  static func write(
    _ vectors: [(key: UInt64, vector: [Float])?], dimension: Int, to url: URL
  ) throws {
    try CleaningError.wrapping {
      let file = try AtomicFile(url, makesFolder: true)
      try file.write(magic)
      for number in [UInt32(vectors.count), UInt32(dimension)] {
        try withUnsafeBytes(of: number) { try file.write($0) }
      }
      for entry in vectors { try withUnsafeBytes(of: entry?.key ?? 0) { try file.write($0) } }
      let none = [UInt8](repeating: 0, count: 2 * dimension)
      for entry in vectors {
        guard let entry else {
          try file.write(none)
          continue
        }
        try entry.vector.map { Float16($0) }.withUnsafeBytes { try file.write($0) }
      }
      try file.commit(isDurable: false)
    }
  }
}
