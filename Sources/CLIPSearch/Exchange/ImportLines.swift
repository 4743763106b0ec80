import Files
import Foundation
import Threads

/// Lines of JSON to import, decoded on all cores, a batch at a time.
struct ImportLines {
  let file: MappedFile
  /// What a line looks like, for messages.
  private let example: String
  private var lines: FileLines

  /// Opens a file.
  init(_ path: String, like example: String) throws {
    self.example = example
    file = try SearchError.wrapping { try MappedFile.text(URL(filePath: path)) }
    lines = FileLines(file)
  }

  /// The next lines that are not blank, with their numbers; the first that is wrong is named.
  ///
  /// - Throws: ``SearchError/importFile(path:line:problem:)``.
  mutating func next<Value: Sendable>(
    _ count: Int, _ decode: @escaping @Sendable (inout JSONScanner) throws -> Value
  ) throws -> [(line: Int, value: Value)] {
    let batch = lines.next(count)
    let (file, example) = (file, example)
    let decoded: [Result<Value, SearchError>] = inParallel(batch.count) { index in
      do {
        var scanner = JSONScanner(file.bytes(in: batch[index].range))
        let value = try decode(&scanner)
        try scanner.end()
        return .success(value)
      } catch {
        return .failure(
          .importFile(
            path: file.path, line: batch[index].number,
            problem: "expected JSON like \(example): \(error)"))
      }
    }
    return try zip(batch, decoded).map { ($0.number, try $1.get()) }
  }
}

/// An identifier as data sets write them: a number or a string.
struct ImportIdentifier: Sendable, Hashable {
  let text: String

  init(_ scanner: inout JSONScanner) throws {
    text =
      scanner.peek() == UInt8(ascii: "\"")
      ? try scanner.string() : String(try scanner.integer())
  }
}
