package import Files
package import Foundation

/// Writes an uncompressed tar archive of regular files, as ustar with pax headers for long names.
///
/// Owners, times and modes are the same for all, so equal contents give equal bytes. The archive
/// appears under its name when it is complete.
package final class TarWriter {
  private static let block = 512
  /// What the twelve bytes of a header's size hold, in octal.
  private static let maximumSize = 0o77777777777

  private let file: AtomicFile

  /// Begins an archive.
  ///
  /// - Throws: `FileError`.
  package init(_ url: URL) throws(FileError) {
    file = try AtomicFile(url, makesFolder: true)
  }

  /// Adds a file.
  ///
  /// - Parameters:
  ///   - name: its path in the archive.
  ///   - content: its bytes, under 8 GiB.
  /// - Throws: `FileError`.
  package func append(_ name: String, _ content: UnsafeRawBufferPointer) throws(FileError) {
    let bytes = Array(name.utf8)
    if bytes.count > 100 {
      let record = Self.paxRecord("path", bytes)
      try entry(Array("PaxHeader".utf8), kind: "x", size: record.count)
      try record.withContiguousBytes { bytes throws(FileError) in try pad(bytes) }
    }
    try entry(Array(bytes.prefix(100)), kind: "0", size: min(content.count, Self.maximumSize))
    try pad(content)
  }

  /// Adds a file.
  ///
  /// - Throws: `FileError`.
  package func append(_ name: String, _ content: Data) throws(FileError) {
    try content.withContiguousBytes { bytes throws(FileError) in try append(name, bytes) }
  }

  /// Ends the archive and gives it its name.
  ///
  /// - Throws: `FileError`.
  package func finish() throws(FileError) {
    try file.write([UInt8](repeating: 0, count: 2 * Self.block))
    try file.commit()
  }

  private func entry(_ name: [UInt8], kind: Character, size: Int) throws(FileError) {
    var header = [UInt8](repeating: 0, count: Self.block)
    func put(_ bytes: some Collection<UInt8>, at offset: Int) {
      header.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }
    func octal(_ value: Int, digits: Int) -> [UInt8] {
      let text = String(value, radix: 8)
      return Array((String(repeating: "0", count: max(0, digits - text.count)) + text).utf8)
    }
    put(name, at: 0)
    put(octal(0o644, digits: 7), at: 100)
    put(octal(0, digits: 7), at: 108)
    put(octal(0, digits: 7), at: 116)
    put(octal(size, digits: 11), at: 124)
    put(octal(0, digits: 11), at: 136)
    put([UInt8](repeating: 0x20, count: 8), at: 148)
    put(Array(String(kind).utf8), at: 156)
    put(Array("ustar\u{0}00".utf8), at: 257)
    let sum = header.reduce(0) { $0 + Int($1) }
    put(octal(sum, digits: 6) + [0, 0x20], at: 148)
    try file.write(header)
  }

  private func pad(_ content: UnsafeRawBufferPointer) throws(FileError) {
    try file.write(content)
    let rest = content.count % Self.block
    if rest > 0 { try file.write([UInt8](repeating: 0, count: Self.block - rest)) }
  }

  /// `length key=value\n`, whose length counts its own digits.
  private static func paxRecord(_ key: String, _ value: [UInt8]) -> [UInt8] {
    let rest = Array(" \(key)=".utf8) + value + [0x0A]
    var length = rest.count + 1
    while String(length).utf8.count + rest.count != length { length += 1 }
    return Array(String(length).utf8) + rest
  }
}

extension ContiguousBytes {
  fileprivate func withContiguousBytes(
    _ body: (UnsafeRawBufferPointer) throws(FileError) -> Void
  ) throws(FileError) {
    let result: Result<Void, FileError> = withUnsafeBytes { bytes in
      do throws(FileError) { return .success(try body(bytes)) } catch { return .failure(error) }
    }
    try result.get()
  }
}
