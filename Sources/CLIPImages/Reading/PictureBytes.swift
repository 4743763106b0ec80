package import Foundation

/// Reads picture files whole.
///
/// They are read, not mapped: a mapped file that somebody shortens meanwhile would end the program.
package enum PictureBytes {
  /// Larger files are refused; the largest honest pictures within the limit on pixels are smaller.
  package static let maximumBytes = 512 << 20

  /// The bytes of a file.
  ///
  /// - Parameter path: a plain file, or a link to one.
  /// - Returns: what is in it.
  /// - Throws: ``ImageError/unreadable(reason:)``, and ``ImageError/empty``.
  package static func read(_ path: String) throws(ImageError) -> Data {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .unreadable(reason: systemReason()) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(reason: systemReason()) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(reason: "it is \(FileKind(status).name), not a file")
    }
    guard status.st_size > 0 else { throw .empty }
    guard status.st_size <= maximumBytes else {
      throw .unreadable(reason: "it has more than \(maximumBytes >> 20) MiB")
    }
    var data = Data(count: Int(status.st_size))
    let count = try fill(&data, from: descriptor)
    return count == data.count ? data : data.prefix(count)
  }

  private static func fill(_ data: inout Data, from descriptor: Int32) throws(ImageError) -> Int {
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
    guard failure == 0 else { throw .unreadable(reason: systemReason(failure)) }
    return filled
  }
}

/// What the file system says a path leads to.
enum FileKind {
  case file, folder, pipe, socket, device

  init(_ status: stat) {
    switch status.st_mode & S_IFMT {
    case S_IFREG: self = .file
    case S_IFDIR: self = .folder
    case S_IFIFO: self = .pipe
    case S_IFSOCK: self = .socket
    default: self = .device
    }
  }

  var name: String {
    switch self {
    case .file: "a file"
    case .folder: "a folder"
    case .pipe: "a pipe"
    case .socket: "a socket"
    case .device: "a device"
    }
  }
}

/// What the system says about its last failure, as a clause.
func systemReason(_ code: Int32 = errno) -> String {
  let text = String(cString: strerror(code))
  return text.prefix(1).lowercased() + text.dropFirst()
}
