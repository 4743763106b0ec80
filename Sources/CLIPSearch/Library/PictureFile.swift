import CLIPImages
import CVectorScan
import Files
package import Foundation

/// Reading picture files, with their contents' fingerprint.
package enum PictureFile {
  /// The bytes of a file.
  static func read(_ path: String) throws(SearchError) -> Data {
    do throws(ImageError) { return try PictureBytes.read(path) } catch {
      switch error {
      case .unreadable(let reason): throw .unreadablePicture(path: path, reason: reason)
      default: throw .unreadablePicture(path: path, reason: "it is empty")
      }
    }
  }

  /// Writes a file of the library, complete or not at all, for its owner only.
  ///
  /// - Parameters:
  ///   - data: What is to be in it.
  ///   - path: Where it is to be.
  ///   - isDurable: Whether it is on the disk on return; no need for what can be made again.
  /// - Throws: ``SearchError/unwritable(path:reason:)``.
  static func write(
    _ data: Data, to path: String, isDurable: Bool = true
  ) throws(SearchError) {
    do throws(FileError) {
      let file = try AtomicFile(URL(filePath: path), mode: PrivateFiles.fileMode)
      try file.write(data)
      try file.commit(isDurable: isDurable)
    } catch {
      throw SearchError(error)
    }
  }

  /// A fingerprint of contents (XXH3, 16 bytes): equal for copies of a file.
  ///
  /// It is quick and not made against forgers, who could at most make two pictures of their own
  /// pass for one.
  package static func fingerprint(_ data: Data) -> Data {
    guard let hasher = vs_hasher_create() else { return Data() }
    defer { vs_hasher_free(hasher) }
    data.withUnsafeBytes { bytes in
      if let base = bytes.baseAddress { vs_hasher_update(hasher, base, bytes.count) }
    }
    var digest = [UInt8](repeating: 0, count: 16)
    vs_hasher_finish(hasher, &digest)
    return Data(digest)
  }
}
