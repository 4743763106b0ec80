import Foundation
import TestSupport
import Testing

struct DatasetCleanTests {
  @Test("a set is cleaned into one that check takes; what is not applied is named")
  func clean() throws {
    let folder = try TemporaryFolder()
    try TinyPairs.write(to: folder.url.appending(path: "data"))
    let recipe = try folder.write(
      #"{"name": "r", "steps": [{"length": {"characters": [2, 2]}}, "blocked_words", "readable"]}"#,
      to: "r.json")
    let output = folder.url.appending(path: "clean").path
    let line = [
      "dataset", "clean", folder.path + "/data", "--recipe", recipe.path, "--output", output,
    ]
    let outcome = try Command.run(line)
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.output.contains("24 of 24 rows stay"))
    #expect(outcome.errors.contains("not applied: blocked_words"))
    #expect(try Command.run(["dataset", "check", output]).status == 0)
    let again = try Command.run(line)
    #expect(
      again.status == 1 && again.errors.contains("exists already")
        || again.errors.contains("already there"), "\(again)")
    #expect(try Command.run(line + ["--overwrite"]).status == 0)
    #expect(try Command.run(line + ["--overwrite", "--names", recipe.path]).status == 1)
    #expect(try Command.run(line + ["--overwrite", "--model", "embedded"]).status == 1)
  }

  @Test("samples that are not complete are named, and the exit code tells")
  func incomplete() throws {
    let folder = try TemporaryFolder()
    try folder.write("猫和狗", to: "s/a.txt")
    try folder.write(TinyPairs.bitmap(1), to: "s/b.bmp")
    try folder.write("鸟和鱼", to: "s/b.txt")
    let tar = Process()
    tar.executableURL = URL(filePath: "/bin/tar")
    tar.arguments = [
      "-cf", folder.path + "/s.tar", "-C", folder.path + "/s", "a.txt", "b.bmp", "b.txt",
    ]
    try tar.run()
    tar.waitUntilExit()
    let outcome = try Command.run([
      "dataset", "clean", folder.path + "/s.tar", "--recipe", "filip", "--output",
      folder.path + "/clean",
    ])
    // The one complete picture is too small for the recipe.
    #expect(outcome.status == 1 && outcome.errors.contains("no row stays"), "\(outcome)")
    let recipe = try folder.write(#"{"name": "r", "steps": ["emoji"]}"#, to: "r.json")
    let kept = try Command.run([
      "dataset", "clean", folder.path + "/s.tar", "--recipe", recipe.path, "--output",
      folder.path + "/kept",
    ])
    #expect(kept.status == 3 && kept.errors.contains("\"a\" has no picture"), "\(kept)")
  }

  @Test("a recipe is printed as it is, and read again")
  func printed() throws {
    let folder = try TemporaryFolder()
    let printed = try Command.run(["dataset", "clean", "--recipe", "danqing", "--print-recipe"])
    let file = try folder.write(printed.output, to: "mine.json")
    let again = try Command.run(["dataset", "clean", "--recipe", file.path, "--print-recipe"])
    #expect(again.status == 0 && again.output == printed.output)
    #expect(try Command.run(["dataset", "clean", "--recipe", "danqing"]).status == 64)
  }
}
