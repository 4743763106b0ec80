import Files
package import Foundation

/// A read-only view of the default database of an LMDB environment, without locks.
///
/// The official library believes every byte of the file: a truncated or damaged `data.mdb` ends the
/// process. Data sets travel over disks and networks, so this reader walks the pages itself and checks every
/// offset; a wrong one is an error. The layout is that of LMDB 0.9 (`lmdb.c`, "Meta page", "B-tree pages")
/// on 64-bit little-endian machines. Writing is ``LMDBWriter``'s, through the official library.
package final class LMDBReader: Sendable {
  /// The path of the data file.
  package let path: String
  /// Number of entries.
  package let count: Int

  private let file: MappedFile
  private let pageSize: Int
  private let pageCount: Int
  private let root: UInt64
  private let depth: Int

  /// Opens an environment.
  ///
  /// - Parameter url: the environment's folder (with `data.mdb` in it), or a data file itself.
  /// - Throws: ``DataError/unreadable(path:reason:)``, ``DataError/badDatabase(path:problem:)``.
  package init(_ url: URL) throws {
    var isDirectory: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory)
    let place = exists && isDirectory.boolValue ? url.appendingPathComponent("data.mdb") : url
    let file = try DataError.wrapping { try MappedFile(place) }
    do throws(LMDBProblem) {
      let meta = try LMDBMeta.newest(in: file.bytes)
      path = file.path
      self.file = file
      count = meta.entries
      pageSize = meta.pageSize
      pageCount = file.count / meta.pageSize
      root = meta.root
      depth = meta.depth
    } catch {
      throw DataError.badDatabase(path: file.path, problem: error.description)
    }
  }

  /// Gives the value stored under a key to `body`; the bytes are valid during the call.
  ///
  /// - Returns: what `body` returns, or nil when the key is not there.
  /// - Throws: ``DataError/badDatabase(path:problem:)``, and what `body` throws.
  package func withValue<Result>(
    forKey key: String, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result? {
    var key = key
    guard let value = try key.withUTF8({ try find(UnsafeRawBufferPointer($0)) }) else { return nil }
    return try body(value)
  }

  /// Calls `body` with every key and value in the order of the keys; the bytes are valid during the call.
  ///
  /// - Throws: ``DataError/badDatabase(path:problem:)``, and what `body` throws.
  package func forEachEntry(
    _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Void
  ) throws {
    guard depth > 0 else { return }
    var visited = 0
    try visit(root, level: 1, visited: &visited, body)
  }

  private func find(_ key: UnsafeRawBufferPointer) throws -> UnsafeRawBufferPointer? {
    guard depth > 0 else { return nil }
    return try checked { () throws(LMDBProblem) in
      var page = try page(root, isLeaf: depth == 1)
      for level in 1..<depth {
        page = try self.page(page.child(for: key), isLeaf: level + 1 == depth)
      }
      guard let index = try page.index(of: key) else { return nil }
      return try value(try page.node(index))
    }
  }

  private func visit(
    _ number: UInt64, level: Int, visited: inout Int,
    _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Void
  ) throws {
    visited += 1
    // In a sound tree no page is met twice.
    guard visited <= pageCount else {
      throw DataError.badDatabase(path: path, problem: LMDBProblem.loop.description)
    }
    let page = try checked { () throws(LMDBProblem) in
      try self.page(number, isLeaf: level == depth)
    }
    for index in 0..<page.count {
      let node = try checked { () throws(LMDBProblem) in try page.node(index) }
      if level == depth {
        let value = try checked { () throws(LMDBProblem) in try self.value(node) }
        try body(node.key, value)
      } else {
        try visit(node.child, level: level + 1, visited: &visited, body)
      }
    }
  }

  private func page(_ number: UInt64, isLeaf: Bool) throws(LMDBProblem) -> LMDBPage {
    guard number >= 2, number < UInt64(pageCount) else { throw .pageOutside(number) }
    let start = Int(number) * pageSize
    let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[start..<start + pageSize])
    return try LMDBPage(bytes, number: number, isLeaf: isLeaf)
  }

  /// A node's value: in the node itself, or on pages of its own.
  private func value(_ node: LMDBNode) throws(LMDBProblem) -> UnsafeRawBufferPointer {
    guard node.isLarge else { return node.data }
    guard node.data.count >= 8 else { throw .nodeOutside }
    let number = UInt64(littleEndian: node.data.loadUnaligned(as: UInt64.self))
    guard number >= 2, number < UInt64(pageCount) else { throw .pageOutside(number) }
    let start = Int(number) * pageSize + LMDBPage.headerSize
    guard node.size <= file.count - start else { throw .valueOutside }
    return UnsafeRawBufferPointer(rebasing: file.bytes[start..<start + node.size])
  }

  private func checked<Result>(_ body: () throws(LMDBProblem) -> Result) throws -> Result {
    do throws(LMDBProblem) { return try body() } catch {
      throw DataError.badDatabase(path: path, problem: error.description)
    }
  }
}
