import Foundation
import TestSupport
import Testing

@Suite("cnclip dataset labels")
struct DatasetLabelsTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func run(_ arguments: String...) throws -> Command.Outcome {
    try Command.run(["dataset", "labels"] + arguments, in: folder.url)
  }

  @Test("A folder of texts becomes CheXpert's table, and the summary counts it")
  func texts() throws {
    try folder.write("双肺未见实变，左侧胸腔少量积液。", to: "reports/a/1.txt")
    try folder.write("FINDINGS: No effusion.", to: "reports/b.txt")
    let outcome = try run("reports", "--output", "labels.csv")
    #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome)")
    let written = try String(contentsOf: folder.url.appending(path: "labels.csv"), encoding: .utf8)
    #expect(
      written.split(separator: "\n").dropFirst().map(String.init) == [
        "a/1,,,,,,,0,,,,1,,,", "b,1,,,,,,,,,,0,,,",
      ])
    #expect(outcome.errors.contains("2 reports"))
  }

  @Test("Columns, sections, ids and JSON of a table; what is empty is counted by its number")
  func table() throws {
    try folder.write(
      "检查号,检查所见,诊断意见\nP17,右肺斑片影,\"肺炎可能，\n请复查\"\nP18,,\n", to: "reports.csv")
    let outcome = try run(
      "reports.csv", "--column", "检查所见,诊断意见", "--id-column", "检查号", "--json", "--quiet")
    #expect(outcome.status == 3, "\(outcome)")
    #expect(outcome.lines.count == 1)
    #expect(outcome.output.contains(#""report": "P17""#))
    #expect(outcome.output.contains(#""Pneumonia": -1"#))
    #expect(outcome.errors.contains("skipped: report 2: it is empty"))
    #expect(!outcome.errors.contains("P18"))
  }

  @Test("Messages never name a file of a folder of reports: names are patients'")
  func privacy() throws {
    try folder.write("No effusion.", to: "reports/zhang-san-1.txt")
    try Data([0xB7, 0xCE, 0xD1, 0xD7, 0xFF]).write(
      to: folder.url.appending(path: "reports/zhang-san-2.txt"))
    try folder.write("  \n", to: "reports/zhang-san-3.txt")
    let outcome = try run("reports", "--output", "labels.csv")
    #expect(outcome.status == 3, "\(outcome)")
    #expect(!outcome.errors.contains("zhang"), "\(outcome)")
    #expect(outcome.errors.contains("text file 2 of 3"))
  }

  @Test("A table of one's own and its faults; nothing is written where nothing could be read")
  func ownTable() throws {
    try folder.write("label,mentions\nCrack,crack\n", to: "own.csv")
    try folder.write(#"{"text": "a crack"}"# + "\n", to: "reports.jsonl")
    let outcome = try run("reports.jsonl", "--table", "own.csv", "--quiet")
    #expect(outcome.output == "report,Crack\n1,1\n", "\(outcome)")
    try folder.write("label,mentions\nCrack\n", to: "bad.csv")
    let bad = try run("reports.jsonl", "--table", "bad.csv", "--output", "x.csv")
    #expect(bad.status == 1)
    #expect(bad.errors.contains("bad.csv, line 2: expected 2 fields, found 1."), "\(bad)")
    let none = try run("reports.jsonl", "--table", "no-such-table")
    #expect(none.status == 1 && none.errors.contains("no-such-table"), "\(none)")
    try folder.write("{}\n", to: "empty.jsonl")
    let empty = try run("empty.jsonl", "--output", "x.csv")
    #expect(empty.status == 1, "\(empty)")
    #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "x.csv").path))
  }
}
