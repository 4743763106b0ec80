import Foundation
import TestSupport
import Testing

@Suite("The commands of a library")
struct LibraryCommandTests {
  private static let demo = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Demo/pictures")

  /// A folder with two pictures of the demo and one file that is none.
  private static func album() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for name in ["bear", "balloon"] {
      try folder.write(
        Data(contentsOf: demo.appending(path: name + ".jpg")), to: "album/\(name).jpg")
    }
    try folder.write(Data("no picture".utf8), to: "album/broken.jpg")
    return folder
  }

  @Test("index names and counts what it could not read, ends with 3, and search goes on")
  func index() throws {
    let folder = try Self.album()
    let library = folder.path + "/library"
    for options in [[], ["--quiet"], ["--retry"]] {
      let outcome = try Command.run(
        ["index", folder.path + "/album", "--library", library] + options)
      #expect(outcome.status == 3, "\(outcome)")
      #expect(outcome.errors.contains("broken.jpg"))
    }
    let found = try Command.run("search", "熊", "--library", library, "-k", "1")
    #expect(found.status == 0 && found.output.contains("bear.jpg"), "\(found)")
    try FileManager.default.removeItem(atPath: folder.path + "/album/broken.jpg")
    #expect(try Command.run("index", folder.path + "/album", "--library", library).status == 0)
    try FileManager.default.moveItem(
      atPath: folder.path + "/album", toPath: folder.path + "/away")
    let missing = try Command.run("index", folder.path + "/album", "--library", library)
    #expect(missing.status == 3 && missing.errors.contains("--prune"), "\(missing)")
  }

  @Test("a text with a minus at its beginning: what to write instead, and that works")
  func minus() throws {
    let folder = try TemporaryFolder()
    let library = folder.path + "/none"
    for arguments in [
      ["search", "-5度的雪", "--library", library], ["search", "--library", library, "-零下"],
      ["search", "雪", "--plus", "-5度", "--library", library],
      ["match", "a.jpg", "--texts", "雪", "-5度"],
      ["library", "caption", "a.jpg", "-5 度", "--library", library],
      ["library", "tag", "a.jpg", "--tags", "-冷", "--library", library],
    ] {
      let outcome = try Command.run(arguments)
      #expect(outcome.status == 64, "\(outcome)")
      #expect(outcome.errors.contains("Write -- before it"), "\(outcome)")
    }
    let behind = try Command.run("search", "--library", library, "--", "-5度的雪")
    let attached = try Command.run("search", "雪", "--plus=-5度", "--library", library)
    for outcome in [behind, attached] {
      #expect(outcome.status == 1 && outcome.errors.contains("no picture library"), "\(outcome)")
      #expect(outcome.errors.contains("cnclip index PICTURE_FOLDER"), "\(outcome)")
    }
    let wrong = try Command.run("search", "雪", "--no-such", "--library", library)
    #expect(wrong.status == 64 && wrong.errors.contains("--no-such"), "\(wrong)")
  }

  @Test("a weight is read where it can be one, and said where it cannot")
  func weights() throws {
    let folder = try Self.album()
    let library = folder.path + "/library"
    _ = try Command.run("index", folder.path + "/album", "--library", library)
    func title(_ plus: String) throws -> (String, String) {
      let outcome = try Command.run(
        "search", "--plus", plus, "--library", library, "--json", "-k", "1")
      let query = outcome.lines.first { $0.contains("\"query\"") } ?? ""
      return (String(query), outcome.errors)
    }
    #expect(try title("时间10:30").0.contains("时间10:30\""))
    #expect(try title("时间9:05").0.contains("时间9:05\""))
    #expect(try title("海滩:0.7").0.contains("海滩\""))
    #expect(try title("手机15:2.0").0.contains("手机15\""))
    let large = try title("海滩:30")
    #expect(large.0.contains("海滩:30\"") && large.1.contains("up to 10"))
  }

  @Test("taking files in again that were never taken out is no success")
  func restore() throws {
    let folder = try Self.album()
    let library = folder.path + "/library"
    let bear = folder.path + "/album/bear.jpg"
    _ = try Command.run("index", folder.path + "/album", "--library", library)
    let never = try Command.run("library", "restore", bear, "--library", library)
    #expect(never.status == 3 && never.errors.contains("bear.jpg"), "\(never)")
    #expect(try Command.run("library", "forget", bear, "--library", library).status == 0)
    #expect(try Command.run("library", "restore", bear, "--library", library).status == 0)
  }
}
