import CVectorScan
import Files
import Foundation

/// A run of memory that one object owns: anonymous, or a file mapped into it.
///
/// It is written by the one who makes it before anyone else sees it, and only read afterwards.
package final class MemoryBlock: Sendable {
  private enum Owner: Sendable {
    case block
    case read(MappedFile)
    case written(AtomicMapping)
  }

  nonisolated(unsafe) package let base: UnsafeMutableRawPointer
  package let size: Int
  private let owner: Owner
  /// Of the guard of a file's memory.
  private let place: Int32

  private init(base: UnsafeMutableRawPointer, size: Int, owner: Owner) {
    self.base = base
    self.size = size
    self.owner = owner
    if case .block = owner { place = -1 } else { place = vs_guard(base, size) }
  }

  deinit {
    vs_unguard(place)
    if case .block = owner { munmap(base, size) }
  }

  /// Whether the file behind the block still has all its bytes.
  ///
  /// What lies beyond its end reads as zeros; so this is asked after reading, too.
  package var isWhole: Bool {
    switch owner {
    case .block: true
    case .read(let file): file.isWhole
    case .written(let file): file.isWhole
    }
  }

  /// Zeroed memory.
  package static func anonymous(size: Int) throws(SearchError) -> MemoryBlock {
    let size = max(size, 1)
    let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else {
      throw .unwritable(
        path: "a block of \(size) bytes in memory", reason: SystemError.reason())
    }
    return MemoryBlock(base: memory, size: size, owner: .block)
  }

  /// A file that is being written.
  ///
  /// - Returns: `nil` if it is empty.
  convenience init?(_ file: AtomicMapping) {
    guard let base = file.bytes.baseAddress else { return nil }
    self.init(base: base, size: file.bytes.count, owner: .written(file))
  }

  /// A file to read.
  ///
  /// - Returns: `nil` if there is none, or it is empty or no plain file.
  package convenience init?(fileAt path: String) {
    guard let file = try? MappedFile(URL(filePath: path), isWatched: true),
      let base = file.bytes.baseAddress
    else { return nil }
    self.init(
      base: UnsafeMutableRawPointer(mutating: base), size: file.count, owner: .read(file))
  }
}
