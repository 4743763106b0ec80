/// A file of a repository, as the hub lists it.
struct RemoteFile: Hashable, Sendable, Codable {
  /// Relative to the repository, with `/` between folders.
  let path: String
  /// Bytes.
  let size: Int64
  /// Nil where the hub gives none.
  let checksum: Checksum?

  /// A listing may name what it likes: only what stays inside the folder of the download, and cannot
  /// be mistaken for one of our own files there, is a file.
  static func isSafe(path: String) -> Bool {
    let components = path.split(separator: "/", omittingEmptySubsequences: false)
    return path.utf8.count <= 1024
      && components.allSatisfy { component in
        !component.isEmpty && component.utf8.count <= 240 && !component.hasPrefix(".")
          && !component.contains { $0 == "\\" || $0 == "\0" || $0.isNewline }
      } && !path.hasSuffix(".part")
  }
}
