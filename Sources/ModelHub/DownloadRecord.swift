import Files
internal import Foundation

/// What a folder of the cache knows about its repository: the file `.cnclip.json`.
struct DownloadRecord: Codable {
  static let fileName = ".cnclip.json"
  /// Bytes that such a file has at most; a larger one is not ours.
  private static let maximumSize = 1 << 26

  let repository: String
  let revision: String
  /// Everything that the hub listed when it was asked last.
  var listing: [RemoteFile]
  /// The files that were fetched and verified, as they were listed then.
  var complete: [RemoteFile] = []

  init(_ repository: HubRepository, listing: [RemoteFile]) {
    self.repository = repository.name
    revision = repository.revision
    self.listing = listing
  }

  /// The record in a folder; nil if there is none that can be read.
  init?(in folder: URL) {
    let file = folder.appending(path: Self.fileName)
    guard
      let size = Self.size(of: file), size <= Self.maximumSize,
      let data = try? Data(contentsOf: file),
      let record = try? JSONDecoder().decode(DownloadRecord.self, from: data)
    else { return nil }
    self = record
  }

  /// Whether a file is there as listed; the bytes were verified when it came.
  func holds(_ file: RemoteFile, in folder: URL) -> Bool {
    complete.contains(file) && Self.size(of: folder.appending(path: file.path)) == file.size
  }

  mutating func add(_ file: RemoteFile) {
    complete.removeAll { $0.path == file.path }
    complete.append(file)
  }

  func write(to folder: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let file = folder.appending(path: Self.fileName)
    try HubError.wrapping {
      let record = try AtomicFile(file)
      try record.write(try encoder.encode(self))
      try record.commit()
    }
  }

  private static func size(of file: URL) -> Int64? {
    var information = stat()
    guard stat(file.path, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
      return nil
    }
    return Int64(information.st_size)
  }
}
