import CVectorScan
import Foundation

/// Reading picture files, with their contents' fingerprint.
enum PictureFile {
  /// Larger files are refused before they are read.
  static let maximumBytes = 512 << 20

  /// What the file system says of a file.
  struct Status: Sendable, Equatable {
    let size: Int64
    /// Nanoseconds since 1970.
    let modified: Int64

    /// - Returns: `nil` if there is no such plain file.
    init?(path: String) {
      var status = stat()
      guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
      size = Int64(status.st_size)
      let (seconds, overflow) = Int64(status.st_mtim.tv_sec)
        .multipliedReportingOverflow(by: 1_000_000_000)
      modified = overflow ? 0 : seconds &+ Int64(status.st_mtim.tv_nsec)
    }

    init(size: Int64, modified: Int64) {
      self.size = size
      self.modified = modified
    }
  }

  /// The bytes of a file.
  static func read(_ path: String) throws(SearchError) -> Data {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .unreadablePicture(path: path, reason: systemReason()) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadablePicture(path: path, reason: "it is no plain file")
    }
    guard status.st_size > 0 else { throw .unreadablePicture(path: path, reason: "it is empty") }
    guard status.st_size <= maximumBytes else {
      throw .unreadablePicture(
        path: path, reason: "it has more than \(maximumBytes >> 20) MiB")
    }
    var data = Data(count: Int(status.st_size))
    var filled = 0
    var failure: Int32 = 0
    data.withUnsafeMutableBytes { bytes in
      while filled < bytes.count, let base = bytes.baseAddress {
        let count = Foundation.read(descriptor, base + filled, bytes.count - filled)
        if count < 0, errno == EINTR { continue }
        if count < 0 { failure = errno }
        guard count > 0 else { break }
        filled += count
      }
    }
    guard failure == 0 else {
      throw .unreadablePicture(path: path, reason: systemReason(failure))
    }
    return filled == data.count ? data : data.prefix(filled)
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
    let temporary = "\(path).\(UUID().uuidString.prefix(8)).part"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, PrivateFiles.fileMode)
    guard descriptor >= 0 else { throw .unwritable(path: path, reason: systemReason()) }
    var written = 0
    data.withUnsafeBytes { bytes in
      while written < bytes.count, let base = bytes.baseAddress {
        let count = Foundation.write(descriptor, base + written, bytes.count - written)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { break }
        written += count
      }
    }
    let isComplete = written == data.count && (!isDurable || fsync(descriptor) == 0)
    let reason = systemReason()
    close(descriptor)
    guard isComplete, rename(temporary, path) == 0 else {
      unlink(temporary)
      throw .unwritable(path: path, reason: isComplete ? systemReason() : reason)
    }
  }

  /// A fingerprint of contents (XXH3, 16 bytes): equal for copies of a file.
  ///
  /// It is quick and not made against forgers, who could at most make two pictures of their own
  /// pass for one.
  static func fingerprint(_ data: Data) -> Data {
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
