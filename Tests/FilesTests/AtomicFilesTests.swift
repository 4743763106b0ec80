import Files
import Foundation
import TestSupport
import Testing

@Suite("Several files that appear together")
struct AtomicFilesTests {
  @Test("they come to their places, replace their like and leave the others")
  func places() throws {
    let folder = try TemporaryFolder()
    try folder.write("old", to: "out/a")
    try folder.write("other", to: "out/b")
    let files = try AtomicFiles.write(into: folder.url.appending(path: "out")) { hidden in
      try Data("new".utf8).write(to: hidden.appending(path: "a"))
      try FileManager.default.createDirectory(
        at: hidden.appending(path: "inner"), withIntermediateDirectories: true)
      try Data("deep".utf8).write(to: hidden.appending(path: "inner/c"))
    }
    #expect(files.map(\.lastPathComponent) == ["a", "c"])
    let names = ["a", "b", "inner/c"].map { folder.url.appending(path: "out/\($0)") }
    #expect(
      try names.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
        == ["new", "other", "deep"])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path + "/out").sorted()
        == ["a", "b", "inner"])
  }

  @Test("a failure leaves what was there, and no folder that was not")
  func failure() throws {
    struct Stop: Error {}
    let folder = try TemporaryFolder()
    try folder.write("old", to: "out/a")
    for name in ["out", "new"] {
      #expect(throws: Stop.self) {
        try AtomicFiles.write(into: folder.url.appending(path: name)) { hidden in
          try Data("new".utf8).write(to: hidden.appending(path: "a"))
          throw Stop()
        }
      }
    }
    #expect(folder.content == ["out"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/out") == ["a"])
  }

  @Test("a folder in the place of a file is refused before anything is moved")
  func folderInTheWay() throws {
    let folder = try TemporaryFolder()
    try folder.write("x", to: "out/b/inside")
    #expect(throws: FileError.self) {
      try AtomicFiles.write(into: folder.url.appending(path: "out")) { hidden in
        for name in ["a", "b"] { try Data().write(to: hidden.appending(path: name)) }
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/out") == ["b"])
  }
}
