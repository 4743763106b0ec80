import Foundation
import TestSupport
import Testing

@Suite("A precision that the processor has no instructions for")
struct PrecisionCommandTests {
  private static let without = ["CNCLIP_WITHOUT_BF16": "1"]

  /// How often the warning, with its figure, is on standard error.
  private func warnings(_ outcome: Command.Outcome) -> Int {
    outcome.errors.matches(
      of: /no instructions for bf16: a matrix product takes [0-9]+\.[0-9] times/
    ).count
  }

  private func run(_ tiny: TinyModel, _ arguments: [String]) throws -> Command.Outcome {
    try Command.run(
      arguments + ["--device", "cpu"], in: tiny.folder.url, environment: Self.without)
  }

  @Test("is said once, before the work, by every command that loads a model")
  func commands() throws {
    let tiny = try TinyModel()
    let model = ["--model", tiny.path, "--precision", "bf16"]
    try FileManager.default.createDirectory(
      at: tiny.folder.url.appending(path: "pictures"), withIntermediateDirectories: true)
    try tiny.folder.write(TinyPairs.bitmap(4, side: 40), to: "pictures/one.bmp")
    for arguments in [
      ["match", "picture.bmp", "--texts", "一"], ["embed", "texts", "data/vocab.txt"],
      ["embed", "images", "picture.bmp"], ["index", "pictures", "--library", "library"],
      ["search", "一", "--library", "library"],
      ["evaluate", "retrieval", "--data", "data", "--split", "valid"],
      ["bench", "--seconds", "0.01", "--batch-sizes", "1", "--only", "text"],
    ] {
      let outcome = try run(tiny, arguments + model)
      #expect(outcome.status == 0 && warnings(outcome) == 1, "\(arguments) \(outcome)")
      #expect(outcome.errors.hasPrefix("warning: This processor"), "\(arguments) \(outcome)")
    }
  }

  @Test("is said by training too, and kept in its log")
  func training() throws {
    let tiny = try TinyModel()
    try tiny.runFile(
      "short.json", steps: 1, rate: 1e-4, model: tiny.path, extra: "\"precision\": \"bf16\",")
    let trained = try tiny.run(
      "train", "short.json", "--output", "short", environment: Self.without)
    #expect(trained.status == 0 && warnings(trained) == 1, "\(trained)")
    let log = try String(
      contentsOf: tiny.folder.url.appending(path: "short/train.log"), encoding: .utf8)
    #expect(log.contains("| WARNING | Rank 0 | This processor has no instructions for bf16"))
    let tuned = try run(
      tiny,
      [
        "finetune", "--train", "data", "--model", tiny.path, "--output", "tuned", "--epochs", "1",
        "--batch-size", "8", "--precision", "bf16",
      ])
    #expect(tuned.status == 0 && warnings(tuned) == 1, "\(tuned)")
  }

  @Test("is not what auto chooses, and fp16 is refused before anything is computed")
  func others() throws {
    let tiny = try TinyModel()
    for precision in ["auto", "fp32"] {
      let outcome = try run(
        tiny, ["embed", "texts", "data/vocab.txt", "--model", tiny.path, "--precision", precision])
      #expect(outcome.status == 0 && warnings(outcome) == 0, "\(outcome)")
    }
    try tiny.runFile(
      "half.json", steps: 1, rate: 1e-4, model: tiny.path, extra: "\"precision\": \"fp16\",")
    for outcome in [
      try run(
        tiny, ["embed", "texts", "data/vocab.txt", "--model", tiny.path, "--precision", "fp16"]),
      try tiny.run("train", "half.json", "--output", "half"),
    ] {
      #expect(outcome.status == 1 && outcome.output.isEmpty, "\(outcome)")
      #expect(outcome.errors.contains("fp16 is for CUDA devices"), "\(outcome)")
    }
  }
}
