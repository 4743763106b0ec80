import Foundation
import TestSupport
import Testing

/// What the command says and leaves when a file cannot be written to its end.
@Suite("A full disk")
struct FullDiskTests {
  private static let picture = "picture.bmp"

  /// Everything that writes, and how large a file may become: some must write a little to begin.
  private static let writers: [(arguments: [String], limit: Int)] = [
    (["dataset", "import", "data", "--output", "out"], 4096),
    (["dataset", "lmdb", "data", "--output", "out"], 4096),
    (["dataset", "check", "data", "--split", "train", "--fix", "out"], 4096),
    (["dataset", "stats", "data", "--svg", "out.svg"], 512),
    (["embed", "images", "pictures", "--model", "run/best", "--output", "out.jsonl"], 512),
    (["embed", "images", "pictures", "--model", "run/best", "--output", "out.npy"], 512),
    (["embed", "texts", "texts.txt", "--model", "run/best", "--output", "out.jsonl"], 512),
    (["convert", "run/best", "out"], 4096),
    (["convert", "run/best", "out.pt"], 4096),
    (
      ["evaluate", "retrieval", "--data", "data", "--model", "run/best", "--files", "out"], 4096
    ),
    (["index", "pictures", "--model", "run/best", "--library", "out"], 8192),
    (["train", "start.json", "--output", "out"], 65_536),
    (
      [
        "classify", "pictures", "--labels", "猫,狗", "--model", "run/best", "--copy",
        "--sort-into", "out",
      ], 512
    ),
  ]

  @Test("is one sentence and exit 1, and nothing half-written stays", arguments: writers)
  func full(arguments: [String], limit: Int) throws {
    let model = try TinyModel()
    for index in 0..<8 {
      try model.folder.write(TinyPairs.bitmap(index, side: 24), to: "pictures/\(index).bmp")
    }
    try model.folder.write(String(repeating: "猫狗\n", count: 40), to: "texts.txt")
    // The same with room for everything succeeds: it is the limit that fails.
    let roomy = try Command.run(
      arguments.map { $0 == "out" || $0.hasPrefix("out.") ? "roomy-" + $0 : $0 },
      in: model.folder.url)
    #expect(roomy.status == 0, "\(roomy)")
    let outcome = try Command.run(arguments, in: model.folder.url, largestFile: limit)
    #expect(outcome.status == 1, "\(outcome)")
    let errors = outcome.errors.split(whereSeparator: \.isNewline)
      .filter { $0.hasPrefix("Error: ") }
    #expect(errors.count == 1, "\(outcome)")
    #expect(!outcome.errors.contains("Error Domain"), "\(outcome)")
    #expect(!outcome.output.contains("Done"), "\(outcome)")
    for name in ["out.jsonl", "out.npy", "out.pt", "out.svg"] {
      #expect(!model.folder.content.contains(name), "\(outcome)")
    }
    let left = FileManager.default.enumerator(atPath: model.folder.path)?.compactMap {
      $0 as? String
    }
    #expect(left?.filter { $0.hasSuffix(".partial") || $0.hasSuffix(".part") } == [])
    for name in ["train_imgs.tsv", "train_texts.jsonl", "train/pairs", "last", "best"] {
      let path = model.folder.url.appending(path: "out/\(name)").path
      #expect(!FileManager.default.fileExists(atPath: path), "\(name): \(outcome)")
    }
  }

  @Test(
    "also under standard output", .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func standardOutput() throws {
    let folder = try TemporaryFolder()
    try folder.write("猫\n", to: "texts.txt")
    for arguments in ["models", "tokenize texts.txt", "embed texts texts.txt"] {
      let shell = Process()
      shell.executableURL = URL(filePath: "/bin/sh")
      shell.arguments = ["-c", "\"$0\" \(arguments) > /dev/full 2> errors", Command.program.path]
      shell.currentDirectoryURL = folder.url
      try shell.run()
      shell.waitUntilExit()
      #expect(shell.terminationStatus == 1, "\(arguments)")
      let errors = try String(contentsOf: folder.url.appending(path: "errors"), encoding: .utf8)
      #expect(errors.contains("cannot write standard output: "), "\(arguments): \(errors)")
    }
  }

  @Test("of a data set's samples, those that cannot be read are named and counted, exit 3")
  func skipped() throws {
    let model = try TinyModel()
    let texts = model.folder.url.appending(path: "data/train_texts.jsonl")
    let lines = try String(contentsOf: texts, encoding: .utf8)
    try Data((lines + "{\"text_id\": 99}\n").utf8).write(to: texts)
    for arguments in [
      ["dataset", "import", "data", "--output", "out", "--skip-broken"],
      ["dataset", "lmdb", "data", "--output", "out-lmdb", "--skip-broken"],
    ] {
      let outcome = try Command.run(arguments, in: model.folder.url)
      #expect(outcome.status == 3, "\(outcome)")
      #expect(outcome.errors.contains("train_texts.jsonl, line 25"), "\(outcome)")
      #expect(outcome.output.contains("24 pictures"), "\(outcome)")
    }
  }
}
