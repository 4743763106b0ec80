import Files
import Foundation
import TestSupport
import Testing

struct MappedFileTests {
  @Test("lines end at line feeds only, are trimmed, and keep their numbers")
  func lines() throws {
    let folder = try TemporaryFolder()
    let file = try MappedFile(folder.write("a\r\n\n \t\n  b\u{2028}c  \nlast", to: "lines"))
    var found: [String] = []
    file.forEachLine { line in
      found.append("\(line.number):" + String(decoding: file.bytes(in: line.range), as: UTF8.self))
    }
    #expect(found == ["1:a", "4:b\u{2028}c", "5:last"])
    #expect(file.lineNumber(at: 0) == 1)
    #expect(file.lineNumber(at: file.count - 1) == 5)
  }

  @Test("a byte-order mark is no part of the first line")
  func mark() throws {
    let folder = try TemporaryFolder()
    let file = try MappedFile(folder.write("\u{FEFF}1\ta\n2\tb", to: "marked"))
    var lines = FileLines(file)
    let first = lines.next().map { String(decoding: file.bytes(in: $0.range), as: UTF8.self) }
    #expect(first == "1\ta")
    #expect(lines.next(5).map(\.number) == [2])
  }

  @Test("a pipe is refused at once")
  func pipe() throws {
    let folder = try TemporaryFolder()
    let pipe = folder.url.appendingPathComponent("pipe")
    #expect(mkfifo(pipe.path, 0o600) == 0)
    #expect(throws: FileError.unreadable(path: pipe.path, reason: "it is not a regular file")) {
      try MappedFile(pipe)
    }
  }

  @Test("an empty file has no lines; folders and missing files are errors")
  func special() throws {
    let folder = try TemporaryFolder()
    let empty = try MappedFile(folder.write("", to: "empty"))
    empty.forEachLine { _ in Issue.record("a line in an empty file") }
    #expect(throws: FileError.self) { try MappedFile(folder.url) }
    #expect(throws: FileError.self) { try MappedFile(folder.url.appendingPathComponent("none")) }
  }

  @Test("ids are whole numbers of 64 bits")
  func identifiers() {
    func parse(_ text: String) -> Int64? {
      Array(text.utf8).withUnsafeBytes { DecimalIdentifier.parse($0) }
    }
    #expect(parse("7454547004") == 7_454_547_004)
    #expect(parse("-9223372036854775808") == .min)
    #expect(parse("9223372036854775807") == .max)
    #expect(parse("007") == 7)
    for text in ["", "-", "9223372036854775808", "1.5", "a", "1 ", "+1"] {
      #expect(parse(text) == nil, "\(text)")
    }
  }
}
