import Files
package import Foundation

/// Zip archives of one stored file, for other parts of the package.
package enum ZipFile {
  /// Writes an archive; it appears when it is complete.
  ///
  /// - Parameters:
  ///   - name: the file's name in the archive.
  ///   - size: its bytes.
  ///   - url: the archive.
  ///   - produce: hands the bytes over piece by piece.
  /// - Throws: ``CheckpointError`` when it cannot be written.
  package static func write(
    _ name: String, size: Int, to url: URL,
    _ produce: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) throws {
    try CheckpointError.wrapping {
      let file = try AtomicFile(url, makesFolder: true)
      var archive = ZipWriter(file, threshold: Int(UInt32.max))
      try archive.add(name, size: size, produce)
      try archive.finish()
      try file.commit()
    }
  }
}
