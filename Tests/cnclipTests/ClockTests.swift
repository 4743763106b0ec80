import Foundation
import TestSupport
import Testing

/// Nothing believes that time goes forward only.
@Suite("A clock that goes back")
struct ClockTests {
  @Test("does not hide a picture that has changed")
  func index() throws {
    let folder = try TemporaryFolder()
    let picture = try folder.write(TinyPairs.bitmap(1), to: "pictures/a.bmp")
    let index = ["index", "pictures", "--library", "library"]
    #expect(try Command.run(index, in: folder.url).status == 0)
    try folder.write(TinyPairs.bitmap(2), to: "pictures/a.bmp")
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: picture.path)
    let again = try Command.run(index, in: folder.url)
    #expect(again.status == 0 && again.errors.contains("1 changed"), "\(again)")
  }

  @Test("does not keep a run from going on")
  func resume() throws {
    let tiny = try TinyModel()
    try tiny.runFile("run.json", steps: 2, rate: 1e-4)
    #expect(try tiny.run("train", "run.json", "--output", "first").status == 0)
    // Everything that the run wrote comes from the future.
    let files = FileManager.default.enumerator(atPath: tiny.folder.path)?.compactMap {
      $0 as? String
    }
    for file in files ?? [] {
      try FileManager.default.setAttributes(
        [.modificationDate: Date.now.addingTimeInterval(1e8)],
        ofItemAtPath: tiny.folder.url.appending(path: file).path)
    }
    let resumed = try tiny.run("train", "run.json", "--output", "first", "--resume")
    #expect(resumed.status == 0, "\(resumed)")
  }
}
