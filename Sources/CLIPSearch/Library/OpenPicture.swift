package import CLIPImages
import Files
package import Foundation

/// A picture's file that is open and has been found fit to be handed out: what is read is what was
/// checked, whatever becomes of its path meanwhile.
///
/// A catalogue may come from anyone, and files change places after they were indexed. So a file is
/// opened only if its real path lies in one of the folders given and its first bytes are a
/// picture's. Links are resolved first and the result is then opened part by part without following
/// any, so nobody can slip one in between.
package final class OpenPicture: Sendable {
  /// The format that its first bytes show.
  package let format: ImageFormat
  /// Bytes of the file when it was opened.
  package let size: Int
  private let path: String
  private let descriptor: Int32

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - path: An absolute path; anything else (an address, a key) is no file.
  ///   - folders: Absolute paths of folders, or of single files. Links in them are followed: they
  ///     are what a person named.
  /// - Throws: ``SearchError/unreadablePicture(path:reason:)``.
  package init(_ path: String, within folders: [String]) throws(SearchError) {
    guard path.hasPrefix("/") else {
      throw .unreadablePicture(path: path, reason: "it is no file of this machine")
    }
    guard let real = Self.realPath(path) else {
      throw .unreadablePicture(path: path, reason: SystemError.reason())
    }
    let isInside = folders.lazy.compactMap(Self.realPath).contains {
      $0.utf8.elementsEqual(real.utf8) || Paths.isInside(real, folder: $0)
    }
    guard isInside else {
      throw .unreadablePicture(path: path, reason: "it lies outside of the library's folders")
    }
    let descriptor = Self.openWithoutLinks(real)
    guard descriptor >= 0 else {
      throw .unreadablePicture(path: path, reason: SystemError.reason())
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .unreadablePicture(path: path, reason: "it is no plain file any more")
    }
    var head = [UInt8](repeating: 0, count: 4_096)
    let count = pread(descriptor, &head, head.count, 0)
    guard count > 0, let format = ImageFormat(signatureOf: head.prefix(count)) else {
      close(descriptor)
      throw .unreadablePicture(path: path, reason: "its first bytes are not those of a picture")
    }
    self.format = format
    self.path = path
    self.descriptor = descriptor
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Bytes of the file.
  ///
  /// - Returns: Fewer than `count` only at the end of the file.
  /// - Throws: ``SearchError/unreadablePicture(path:reason:)``.
  package func read(at offset: Int, count: Int) throws(SearchError) -> Data {
    var data = Data(count: count)
    var filled = 0
    var failure: Int32 = 0
    data.withUnsafeMutableBytes { bytes in
      while filled < bytes.count, let base = bytes.baseAddress {
        let got = pread(descriptor, base + filled, bytes.count - filled, off_t(offset + filled))
        if got < 0, errno == EINTR { continue }
        if got < 0 { failure = errno }
        guard got > 0 else { break }
        filled += got
      }
    }
    guard failure == 0 else {
      throw .unreadablePicture(path: path, reason: SystemError.reason(failure))
    }
    return filled == count ? data : data.prefix(filled)
  }

  /// The whole file.
  ///
  /// - Throws: ``SearchError/unreadablePicture(path:reason:)``, also when it is too large.
  func readAll() throws(SearchError) -> Data {
    guard size <= PictureBytes.maximumBytes else {
      throw .unreadablePicture(
        path: path, reason: "it has more than \(PictureBytes.maximumBytes >> 20) MiB")
    }
    return try read(at: 0, count: size)
  }

  private static func realPath(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(validatingCString: real)
  }

  /// Opens a path of which no part may be a link.
  ///
  /// - Returns: Less than 0 when that fails; `errno` says why.
  private static func openWithoutLinks(_ path: String) -> Int32 {
    #if os(Linux)
      // O_PATH, which Swift does not see: folders that may be passed through but not listed.
      let forSearching = 0o10_000_000 | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    #else
      let forSearching = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    #endif
    let parts = path.split(separator: "/")
    var descriptor = open("/", forSearching)
    for (index, part) in parts.enumerated() where descriptor >= 0 {
      let isLast = index == parts.count - 1
      let next = openat(
        descriptor, String(part),
        isLast ? O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC : forSearching)
      let failure = errno
      close(descriptor)
      errno = failure
      descriptor = next
    }
    return descriptor
  }
}
