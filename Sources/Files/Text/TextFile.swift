package import Foundation

/// A text that a person wrote or another program exported: UTF-8, with or without byte-order mark, lines
/// ending in line feeds or in carriage returns and line feeds.
///
/// Whatever else it is becomes one sentence with file, line and byte. All commands and libraries read
/// their texts by this type; files too large for memory are mapped (``MappedFile/text(_:)``).
package struct TextFile: Sendable {
  /// Bytes of the longest line; no caption, word or path is that long.
  package static let maximumLine = 1 << 20
  /// Bytes of the largest text.
  package static let maximumSize = 1 << 30
  /// Bytes of the largest document of settings.
  package static let maximumDocument = 1 << 24

  /// What messages call it.
  package let path: String
  /// The text without byte-order mark; sound UTF-8.
  package let bytes: [UInt8]

  /// Reads a file, or a pipe to its end.
  ///
  /// - Throws: ``FileError/unreadable(path:reason:)``; ``FileError/badLine(path:line:problem:)`` for
  ///   what is not UTF-8.
  package init(_ url: URL, maximumSize: Int = TextFile.maximumSize) throws(FileError) {
    let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw .unreadable(path: url.path, reason: SystemError.reason())
    }
    defer { close(descriptor) }
    try self.init(descriptor, path: url.path, maximumSize: maximumSize)
  }

  /// Reads standard input to its end.
  package static func standardInput() throws(FileError) -> TextFile {
    try TextFile(STDIN_FILENO, path: "standard input", maximumSize: maximumSize)
  }

  private init(_ descriptor: Int32, path: String, maximumSize: Int) throws(FileError) {
    var content: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(path: path, reason: SystemError.reason()) }
      guard count > 0 else { break }
      guard content.count + count <= maximumSize else {
        throw .unreadable(path: path, reason: "it has more than \(maximumSize >> 20) MiB")
      }
      content += buffer[..<count]
    }
    try self.init(content, path: path)
  }

  /// Takes bytes that are there already.
  ///
  /// - Throws: ``FileError/badLine(path:line:problem:)`` for what is not UTF-8.
  package init(_ content: [UInt8], path: String) throws(FileError) {
    if let problem = content.withUnsafeBytes({ Self.problem(in: $0, path: path) }) { throw problem }
    self.path = path
    bytes = content.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(content.dropFirst(3)) : content
  }

  /// The lines without their ends, empty ones included.
  package func lines() -> [String] {
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { String(decoding: $0.last == 0x0D ? $0.dropLast() : $0, as: UTF8.self) }
  }

  /// The text as a document of JSON for Foundation's decoders, which refuse half surrogates.
  package var json: Data { HalfSurrogates.replaced(in: Data(bytes)) }

  /// What is wrong with a text as a whole.
  private static func problem(in bytes: UnsafeRawBufferPointer, path: String) -> FileError? {
    func error(at offset: Int, _ what: (_ byte: Int) -> String) -> FileError {
      let before = bytes[..<offset]
      let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
      let line = before.count { $0 == 0x0A } + 1
      return .badLine(path: path, line: line, problem: what(offset - start + 1))
    }
    let name = path == "standard input" ? nil : path
    if let offset = UTF8Check.firstInvalid(in: bytes) {
      return error(at: offset) {
        "byte \($0) is not UTF-8; \(TextEncoding(of: bytes).advice(path: name))"
      }
    }
    if let offset = bytes.firstIndex(of: 0) {
      let encoding = TextEncoding(of: bytes)
      return error(at: offset) {
        encoding == .unknown || encoding == .gbk
          ? "byte \($0) is zero: this is no text"
          : "byte \($0) is zero; \(encoding.advice(path: name))"
      }
    }
    if TextEncoding.isGBKByChance(bytes) {
      return error(at: bytes.firstIndex { $0 >= 0x80 } ?? 0) {
        "byte \($0) could be UTF-8, but \(TextEncoding.gbk.advice(path: name))"
      }
    }
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
      if end - start > maximumLine {
        return error(at: start) { _ in
          "it has \(end - start) bytes, more than the \(maximumLine) of the longest line that is read"
        }
      }
      start = end + 1
    }
    return nil
  }
}

extension MappedFile {
  /// Maps a text that may be larger than memory; its lines are checked as they are read.
  ///
  /// - Throws: ``FileError/unreadable(path:reason:)``, also for UTF-16, of which no line can be read.
  package static func text(_ url: URL) throws(FileError) -> MappedFile {
    let file = try MappedFile(url)
    let encoding = TextEncoding(of: file.bytes(in: 0..<min(file.count, 4096)))
    if [.utf16, .utf16LittleEndian, .utf16BigEndian].contains(encoding) {
      throw .unreadable(
        path: file.path, reason: "it is not UTF-8; \(encoding.advice(path: file.path))")
    }
    return file
  }

  /// The text of a range.
  ///
  /// - Throws: ``FileError/badLine(path:line:problem:)`` if it is not UTF-8 or longer than
  ///   ``TextFile/maximumLine``.
  package func string(_ range: Range<Int>) throws(FileError) -> String {
    let content = bytes(in: range)
    func problem(_ sentence: String) -> FileError {
      .badLine(path: path, line: lineNumber(at: range.lowerBound), problem: sentence)
    }
    guard content.count <= TextFile.maximumLine else {
      throw problem("the text has \(content.count) bytes, more than \(TextFile.maximumLine)")
    }
    guard UTF8Check.firstInvalid(in: content) == nil else {
      throw problem("the text is not UTF-8; \(TextEncoding(of: bytes).advice(path: path))")
    }
    return String(decoding: content, as: UTF8.self)
  }
}
