import Files
internal import Foundation

/// A file that is being downloaded: it gets its name when it is complete and its checksums hold.
///
/// Beside `FILE.part` lies `FILE.part.json`, which says what the part is of; a part of anything else
/// is not continued.
final class PartFile {
  /// What a part is of.
  private struct Origin: Codable, Equatable {
    let file: RemoteFile
    let entityTag: String?
  }

  /// Bytes that are there.
  private(set) var length: Int64 = 0
  /// The strong entity tag of the response that the part began with.
  private(set) var entityTag: String?
  private let file: RemoteFile
  private let target: URL
  private let part: URL
  private let note: URL
  private let expected: [Checksum]
  private var computations: [ChecksumComputation] = []
  private var descriptor: CInt?

  /// Opens the part of a file, if there is one, and reads it for the checksums: the listing's, and
  /// `checksum` if the caller knows one.
  ///
  /// - Throws: ``HubError/cannotWrite(path:reason:)``; `CancellationError`.
  init(_ file: RemoteFile, in folder: URL, checksum: Checksum?, cancellation: Cancellation) throws {
    self.file = file
    target = folder.appending(path: file.path)
    part = folder.appending(path: file.path + ".part")
    note = folder.appending(path: file.path + ".part.json")
    expected = [file.checksum, checksum].compactMap(\.self)
    guard
      let data = try? Data(contentsOf: note),
      let origin = try? JSONDecoder().decode(Origin.self, from: data), origin.file == file,
      // Without either, bytes of another version could not be told from these.
      origin.entityTag != nil || !expected.isEmpty
    else { return }
    try takeUp(origin, cancellation)
  }

  deinit {
    if let descriptor { close(descriptor) }
  }

  /// Whether as many bytes are there as were listed.
  var isComplete: Bool { descriptor != nil && length == file.size }

  /// Begins again with the body of a new response.
  func restart(entityTag: String?) throws {
    discard()
    try HubError.wrapping {
      let origin = try AtomicFile(note, makesFolder: true)
      try origin.write(try JSONEncoder().encode(Origin(file: file, entityTag: entityTag)))
      try origin.commit()
    }
    let descriptor = open(part.path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else { throw failure(errno, at: part) }
    self.descriptor = descriptor
    self.entityTag = entityTag
    computations = expected.map { ChecksumComputation($0, size: file.size) }
  }

  /// Adds bytes.
  ///
  /// - Throws: ``HubError/wrongSize(file:expected:found:)`` beyond the listed size;
  ///   ``HubError/diskFull(folder:needed:available:)``.
  func append(_ bytes: UnsafeRawBufferPointer) throws {
    guard Int64(bytes.count) <= file.size - length else {
      let found = length + Int64(bytes.count)
      discard()
      throw HubError.wrongSize(file: file.path, expected: file.size, found: found)
    }
    guard let descriptor else { throw failure(EBADF, at: part) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      guard count >= 0 else {
        if errno == EINTR { continue }
        let error = failure(errno, at: part)
        // A part would keep the disk full, and nobody may come back for it.
        discard()
        throw error
      }
      rest = rest.dropFirst(count)
    }
    for index in computations.indices { computations[index].update(bytes) }
    length += Int64(bytes.count)
  }

  /// Verifies the whole and gives it its name.
  ///
  /// - Throws: ``HubError/wrongChecksum(file:algorithm:expected:found:)``, after deleting the part.
  func finish() throws {
    do {
      for computation in computations { try computation.verify(file: file.path) }
    } catch {
      discard()
      throw error
    }
    // The name must not reach the disk before the bytes do.
    guard let descriptor, fsync(descriptor) == 0, rename(part.path, target.path) == 0 else {
      throw failure(errno, at: target)
    }
    unlink(note.path)
  }

  /// Deletes what is there: nothing is left to continue.
  func discard() {
    if let descriptor { close(descriptor) }
    descriptor = nil
    unlink(part.path)
    unlink(note.path)
    length = 0
    entityTag = nil
  }

  private func takeUp(_ origin: Origin, _ cancellation: Cancellation) throws {
    let descriptor = open(part.path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return }
    self.descriptor = descriptor
    entityTag = origin.entityTag
    computations = expected.map { ChecksumComputation($0, size: file.size) }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      try cancellation.check()
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0, length + Int64(count) <= file.size else { return discard() }
      guard count > 0 else { return }
      buffer.withUnsafeBytes { bytes in
        let bytes = UnsafeRawBufferPointer(rebasing: bytes[..<count])
        for index in computations.indices { computations[index].update(bytes) }
      }
      length += Int64(count)
    }
  }

  private func failure(_ code: CInt, at url: URL) -> HubError {
    if [ENOSPC, EDQUOT, EFBIG].contains(code) {
      return .diskFull(
        folder: url.deletingLastPathComponent().path, needed: file.size - length,
        available: nil)
    }
    return .cannotWrite(path: url.path, reason: SystemError.reason(code))
  }
}
