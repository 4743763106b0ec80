import Foundation
import TestSupport
import Testing

@Suite("Models whose numbers are none")
struct ModelNumbersTests {
  static let sentence = "gives no finite numbers"

  @Test(
    "a NaN in the weights is one sentence, wherever vectors are made",
    arguments: [
      ["match", "picture.bmp", "--texts", "一", "丁"],
      ["match", "picture.bmp", "--texts", "一", "--json"],
      ["embed", "texts", "data/vocab.txt"], ["embed", "texts", "data/vocab.txt", "-o", "t.npy"],
      ["embed", "images", "picture.bmp"], ["embed", "images", "picture.bmp", "-o", "i.jsonl"],
      ["evaluate", "retrieval", "--data", "data", "--split", "valid"],
    ])
  func notANumber(arguments: [String]) throws {
    let tiny = try TinyModel()
    try tiny.copy("nan") {
      try $0.set("text_projection", .nan)
      try $0.set("visual.proj", .infinity)
    }
    let outcome = try Command.run(arguments + ["--model", "nan"], in: tiny.folder.url)
    #expect(outcome.status == 1, "\(outcome)")
    #expect(outcome.errors.contains(Self.sentence), "\(outcome)")
    #expect(!outcome.output.contains("nan") && !tiny.has("t.npy") && !tiny.has("i.jsonl"))
  }

  @Test("a temperature that is no number, or too large, is one sentence")
  func temperature() throws {
    let tiny = try TinyModel()
    for (name, value) in [("nan", Float.nan), ("large", 1000)] {
      try tiny.copy(name) { try $0.set("logit_scale", value) }
      let outcome = try tiny.run("match", "picture.bmp", "--texts", "一", "丁", "--model", name)
      #expect(outcome.status == 1 && outcome.errors.contains(Self.sentence), "\(outcome)")
    }
  }

  @Test("training from a model of NaN, or at an absurd rate, fails and saves no model of NaN")
  func training() throws {
    let tiny = try TinyModel()
    try tiny.copy("nan") { try $0.set("text_projection", .nan) }
    for (name, arguments) in [
      ("evaluated", ["--valid", "data"]), ("alone", []), ("short", ["--epochs", "1"]),
    ] {
      let outcome = try Command.run(
        ["finetune", "--model", "nan", "--train", "data", "--output", name] + arguments,
        in: tiny.folder.url)
      #expect(outcome.status == 1, "\(outcome)")
      #expect(!outcome.output.contains("Done") && !outcome.output.contains("best"), "\(outcome)")
      #expect(!tiny.has("\(name)/best") && !tiny.has("\(name)/last"))
    }
    let fast = try tiny.run(
      "finetune", "--model", tiny.path, "--train", "data", "--output", "fast",
      "--learning-rate", "1e30")
    #expect(fast.status == 1 && fast.output.isEmpty && !tiny.has("fast/best"), "\(fast)")
    let bearing = try tiny.run(
      "finetune", "--model", tiny.path, "--train", "data", "--valid", "data", "--output", "million",
      "--learning-rate", "1e6", "--epochs", "3")
    if bearing.status == 0 {
      // Embeddings have unit length, so absurd weights can still be numbers; then the start is best.
      #expect(bearing.output.contains("the start: nothing was better"), "\(bearing)")
    } else {
      #expect(bearing.errors.lowercased().contains("lower the learning rate"), "\(bearing)")
    }
    let match = try tiny.run(
      "match", "picture.bmp", "--texts", "一", "丁", "--model", "million/best")
    #expect(match.status == 0, "\(match)")
  }

  @Test("a run stops after as many steps without numbers as its setting says")
  func limit() throws {
    let tiny = try TinyModel()
    try tiny.copy("nan") { try $0.set("text_projection", .nan) }
    for (name, extra, count) in [
      ("five", "", 5), ("two", "\"non_finite_limit\": 2,", 2),
      ("stop", "\"non_finite\": \"stop\",", 1),
    ] {
      try tiny.runFile("\(name).json", steps: 40, rate: 1e-3, batch: 2, model: "nan", extra: extra)
      let outcome = try tiny.run("train", "\(name).json", "--output", name)
      #expect(outcome.status == 1, "\(outcome)")
      #expect(outcome.errors.split(separator: "changes nothing").count - 1 == count, "\(outcome)")
      #expect(outcome.errors.contains("not a number in \(count) step"), "\(outcome)")
    }
    try tiny.runFile("brief.json", steps: 3, rate: 1e-3, model: "nan")
    let brief = try tiny.run("train", "brief.json", "--output", "brief")
    #expect(brief.status == 1 && brief.errors.contains("none of the 3 steps"), "\(brief)")
  }
}
