import Files

/// The table of contents of a zip archive whose entries are read in place.
///
/// Only the central directory is believed, and only after every entry was found to lie inside the
/// file, apart from all others. Entries must be stored, not compressed, to be read; PyTorch stores
/// everything but TorchScript's source code.
struct ZipArchive {
  /// One entry.
  struct Entry {
    /// The name, with `/` between parts.
    let name: String
    /// Where its bytes lie in the file; `nil` when they are compressed.
    let range: Range<Int>?
  }

  /// The file.
  let file: MappedFile
  /// The entries in the order of the central directory.
  let entries: [Entry]
  private let indices: [String: Int]

  /// Reads and checks the table of contents.
  init(_ file: MappedFile) throws {
    self.file = file
    let directory = try ZipDirectory(file)
    var entries: [Entry] = []
    var indices: [String: Int] = [:]
    var spans: [Range<Int>] = []
    entries.reserveCapacity(directory.count)
    for record in try directory.records() {
      let data = try record.dataRange(in: file, before: directory.offset)
      guard indices.updateValue(entries.count, forKey: record.name) == nil else {
        throw CheckpointError.duplicateName(source: file.path, name: record.name)
      }
      spans.append(record.headerOffset..<data.upperBound)
      entries.append(Entry(name: record.name, range: record.isStored ? data : nil))
    }
    spans.sort { $0.lowerBound < $1.lowerBound }
    for (earlier, later) in zip(spans, spans.dropFirst())
    where earlier.upperBound > later.lowerBound {
      throw CheckpointError.damaged(source: file.path, reason: "entries of the archive overlap")
    }
    self.entries = entries
    self.indices = indices
  }

  /// The range of a stored entry; `nil` when there is none of that name.
  /// - Throws: ``CheckpointError/damaged(source:reason:)`` when it is compressed.
  func range(of name: String) throws -> Range<Int>? {
    guard let index = indices[name] else { return nil }
    guard let range = entries[index].range else {
      throw CheckpointError.damaged(
        source: file.path,
        reason: "its entry \(name) is compressed; PyTorch stores entries as they are")
    }
    return range
  }

  /// The bytes of a stored entry.
  func bytes(of name: String) throws -> UnsafeRawBufferPointer? {
    try range(of: name).map { UnsafeRawBufferPointer(rebasing: file.bytes[$0]) }
  }
}
