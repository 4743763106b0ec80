import Files
import Foundation
import TestSupport
import Testing

@Suite("Atomic files")
struct AtomicFileTests {
  @Test("a file appears only when it is complete, and nothing else stays")
  func appears() throws {
    let folder = try TemporaryFolder()
    let place = folder.url.appendingPathComponent("out.jsonl")
    do {
      let abandoned = try AtomicFile(place)
      try abandoned.write("half")
    }
    #expect(folder.content.isEmpty)
    let file = try AtomicFile(place)
    try file.writeLine("whole")
    try file.write([UInt8](repeating: 0x61, count: 1 << 19))
    try file.overwrite(Array("W".utf8), at: 0)
    #expect(!FileManager.default.fileExists(atPath: place.path))
    try file.commit()
    #expect(folder.content == ["out.jsonl"])
    let text = try String(contentsOf: place, encoding: .utf8)
    #expect(text.hasPrefix("Whole\na") && text.utf8.count == 6 + 1 << 19)
    #expect(file.offset == text.utf8.count)
  }

  @Test("a write that fails names the file and leaves what was there")
  func failure() throws {
    let folder = try TemporaryFolder()
    let place = try folder.write("old", to: "out")
    do {
      let file = try AtomicFile(place)
      #expect(throws: FileError.unwritable(path: place.path, reason: "invalid argument")) {
        try file.overwrite([1, 2], at: -1)
      }
    }
    #expect(try String(contentsOf: place, encoding: .utf8) == "old")
    #expect(folder.content == ["out"])
  }

  @Test("system errors are words that fit into a sentence")
  func reasons() {
    #expect(SystemError.reason(ENOSPC) == "the disk is full")
    #expect(SystemError.reason(ENOENT) == "no such file or folder")
    #expect(SystemError.reason(EACCES) == "permission denied")
    let error = CocoaError(
      .fileReadNoSuchFile, userInfo: [NSUnderlyingErrorKey: POSIXError(.ENOTDIR)])
    #expect(SystemError.reason(error) == "not a directory")
  }

  @Test("folders, missing folders and long names")
  func places() throws {
    let folder = try TemporaryFolder()
    #expect(throws: FileError.unwritable(path: folder.path, reason: "it is a folder")) {
      try AtomicFile(folder.url)
    }
    let deep = folder.url.appendingPathComponent("a/b/c")
    #expect(throws: FileError.unwritable(path: deep.path, reason: "no such file or folder")) {
      try AtomicFile(deep)
    }
    try AtomicFile(deep, makesFolder: true).commit()
    #expect(FileManager.default.fileExists(atPath: deep.path))
    let name = String(repeating: "猫", count: 85)
    try AtomicFile(folder.url.appendingPathComponent(name)).commit()
    #expect(folder.content.contains(name))
  }

  @Test("permissions can be asked for")
  func permissions() throws {
    let folder = try TemporaryFolder()
    let place = folder.url.appendingPathComponent("secret")
    try AtomicFile(place, mode: 0o600).commit()
    let mode = try FileManager.default.attributesOfItem(atPath: place.path)[.posixPermissions]
    #expect(mode as? Int == 0o600)
    let secrets = folder.url.appendingPathComponent("secrets")
    try AtomicFolder.write(to: secrets, mode: 0o700) { _ in }
    let other = try FileManager.default.attributesOfItem(atPath: secrets.path)[.posixPermissions]
    #expect(other as? Int == 0o700)
  }
}

@Suite("Atomic folders")
struct AtomicFolderTests {
  private func fill(_ folder: URL, with text: String) throws {
    try Data(text.utf8).write(to: folder.appending(path: "file"))
  }

  @Test("a folder is replaced whole or not at all")
  func exchange() throws {
    let folder = try TemporaryFolder()
    let target = folder.url.appending(path: "best")
    for content in ["first", "second"] {
      try AtomicFolder.write(to: target, replacing: true) { try fill($0, with: content) }
    }
    struct Broken: Error {}
    #expect(throws: Broken.self) {
      try AtomicFolder.write(to: target, replacing: true) {
        try fill($0, with: "third")
        throw Broken()
      }
    }
    #expect(try String(contentsOf: target.appending(path: "file"), encoding: .utf8) == "second")
    #expect(folder.content == ["best"])
  }

  @Test("what is there is refused unless it may be replaced or is an empty folder")
  func absent() throws {
    let folder = try TemporaryFolder()
    try folder.write("x", to: "full/file")
    let full = folder.url.appending(path: "full")
    #expect(throws: FileError.alreadyExists(path: full.path)) {
      try AtomicFolder.write(to: full) { try fill($0, with: "new") }
    }
    let empty = folder.url.appending(path: "empty")
    try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
    try AtomicFolder.write(to: empty) { try fill($0, with: "new") }
    #expect(folder.content.sorted() == ["empty", "full"])
  }

  @Test("errors name the folder wanted, not the temporary one")
  func names() throws {
    let folder = try TemporaryFolder()
    let target = folder.url.appending(path: "out")
    #expect(
      throws: FileError.unwritable(path: target.path + "/a/b", reason: "no such file or folder")
    ) {
      try AtomicFolder.write(to: target) { _ = try AtomicFile($0.appending(path: "a/b")) }
    }
    #expect(folder.content.isEmpty)
  }

  @Test("leftovers of interrupted writes are removed, and nothing else")
  func leftovers() throws {
    let folder = try TemporaryFolder()
    try folder.write("x", to: ".last.1a2b.partial/file")
    try folder.write("x", to: ".config.json.9z.partial")
    try folder.write("x", to: ".hidden")
    AtomicFolder.removeLeftovers(in: folder.url)
    #expect(folder.content == [".hidden"])
  }
}
