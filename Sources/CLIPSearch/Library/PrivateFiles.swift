import Files
import Foundation

/// Files and folders that only their owner may read: a library tells what is in its pictures.
enum PrivateFiles {
  static let folderMode: mode_t = 0o700
  static let fileMode: mode_t = 0o600

  /// Makes a folder, and those above it that are not there.
  static func makeFolder(_ path: String) throws(SearchError) {
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true,
        attributes: [.posixPermissions: Int(folderMode)])
    } catch {
      throw .unwritable(path: path, reason: SystemError.reason(error))
    }
  }

  /// Makes an empty file if there is none; opening it for its purpose says why it cannot be made.
  static func touch(_ path: String) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, fileMode)
    if descriptor >= 0 { close(descriptor) }
  }
}
