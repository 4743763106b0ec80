package import Foundation

/// A folder that appears under its name only when everything in it was written.
package final class AtomicFolder {
  private let destination: URL
  /// The temporary folder to write into.
  package let url: URL
  private var isCommitted = false

  /// Makes a temporary folder beside the destination.
  /// - Throws: ``CheckpointError/alreadyExists(path:)`` unless the destination is absent or empty.
  private init(_ destination: URL) throws {
    self.destination = destination.standardizedFileURL
    try requireAbsent(destination)
    let parent = self.destination.deletingLastPathComponent()
    let name = ".\(self.destination.lastPathComponent).\(UUID().uuidString).partial"
    url = parent.appendingPathComponent(name, isDirectory: true)
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw CheckpointError.cannotWrite(path: destination.path, reason: error.localizedDescription)
    }
  }

  deinit {
    if !isCommitted { try? FileManager.default.removeItem(at: url) }
  }

  /// Writes a folder: the closure fills it, then it gets its name.
  package static func write(to destination: URL, _ fill: (AtomicFolder) throws -> Void) throws {
    let folder = try AtomicFolder(destination)
    do {
      try fill(folder)
    } catch CheckpointError.cannotWrite(_, let reason) {
      // The temporary name means nothing to the reader of the message.
      throw CheckpointError.cannotWrite(path: destination.path, reason: reason)
    }
    try folder.commit()
  }

  /// Writes a small file.
  package func write(_ data: Data, to name: String) throws {
    let file = try AtomicFile(url.appendingPathComponent(name))
    try file.write([UInt8](data))
    try file.commit()
  }

  private func commit() throws {
    guard rename(url.path, destination.path) == 0 else {
      throw CheckpointError.cannotWrite(path: destination.path, reason: lastSystemError())
    }
    isCommitted = true
    synchronizeFolder(of: destination.path)
  }
}

/// Refuses an output that exists, except an empty folder.
package func requireAbsent(_ url: URL) throws {
  var status = stat()
  guard lstat(url.path, &status) == 0 else { return }
  let isFolder = status.st_mode & S_IFMT == S_IFDIR
  let content = isFolder ? try? FileManager.default.contentsOfDirectory(atPath: url.path) : nil
  guard let content, content.isEmpty else {
    throw CheckpointError.alreadyExists(path: url.path)
  }
}
