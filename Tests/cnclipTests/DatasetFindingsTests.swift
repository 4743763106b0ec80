import Foundation
import TestSupport
import Testing

@Suite("cnclip dataset findings, evaluate findings")
struct DatasetFindingsTests {
  private let folder: TemporaryFolder
  private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "CLIPImagesTests/Fixtures/DICOM")

  init() throws {
    folder = try TemporaryFolder()
    for (name, fixture, dropped) in [
      ("P0017/a.dcm", "window.dcm", 0), ("P0018/b.dcm", "baseline.dcm", 0),
      ("P0019/c.dcm", "signed.dcm", 0), ("P0020/cut.dcm", "window.dcm", 100),
    ] {
      let data = try Data(contentsOf: Self.fixtures.appending(path: fixture))
      try folder.write(data.dropLast(dropped), to: "films/\(name)")
    }
  }

  private func run(_ arguments: String...) throws -> Command.Outcome {
    try Command.run(arguments, in: folder.url)
  }

  private func content(_ name: String) throws -> String {
    try String(contentsOf: folder.url.appending(path: name), encoding: .utf8)
  }

  @Test("A table of DICOM pictures with reports becomes a data set without a path in it")
  func table() throws {
    try folder.write(
      """
      影像,报告
      films/P0017/a.dcm,双肺未见实变影。左侧胸腔少量积液。
      films/P0018/b.dcm,心影增大，双肺未见实变影。
      films/P0019/c.dcm,双肺未见实变影。

      """, to: "films.csv")
    let outcome = try run(
      "dataset", "findings", "films.csv", "--report-column", "报告", "-o", "chest", "--quiet")
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.output.hasPrefix("train: 3 pictures, 3 sentences, 4 pairs"), "\(outcome)")
    for name in ["train_imgs.tsv", "train_texts.jsonl", "train_labels.jsonl"] {
      #expect(try !content("chest/\(name)").contains("P00"), "\(name)")
    }
    #expect(try content("chest/train_labels.jsonl").hasPrefix("{\"names\": [\"No Finding\""))
    #expect(try run("dataset", "check", "chest", "--split", "train").status == 0)
    let again = try run(
      "dataset", "findings", "films.csv", "--report-column", "报告", "-o", "chest", "--quiet")
    #expect(again.status == 1 && again.errors.contains("already there"), "\(again)")

    let measured = try run(
      "evaluate", "findings", "--data", "chest", "--split", "train", "--only",
      "Cardiomegaly,Pleural Effusion", "--train", "train", "--shares", "1", "--json", "--quiet")
    #expect(measured.status == 0, "\(measured)")
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(measured.output.utf8)) as? [String: Any])
    #expect((report["methods"] as? [[String: Any]])?.count == 2)
    let unknown = try run(
      "evaluate", "findings", "--data", "chest", "--split", "train", "--only", "Weather")
    #expect(unknown.status == 1 && unknown.errors.contains("has no label 'Weather'"), "\(unknown)")
  }

  @Test("Broken paths, unknown labels and a truncated DICOM get a sentence each, without a path")
  func faults() throws {
    try folder.write(
      "Path,Edema,Fracture\nfilms/P0017/a.dcm,1,\nfilms/P0077/lost.dcm,0,1\n"
        + "films/P0018/b.dcm,maybe,\nfilms/P0020/cut.dcm,-1,0\n", to: "films.csv")
    let stopped = try run("dataset", "findings", "films.csv", "-o", "chest", "--quiet")
    #expect(stopped.status == 1, "\(stopped)")
    #expect(
      stopped.errors.contains(
        "films.csv, line 3: the picture that it names is not there, or may not be read."))
    let outcome = try run(
      "dataset", "findings", "films.csv", "-o", "chest", "--skip-broken", "--quiet")
    #expect(outcome.status == 3, "\(outcome)")
    #expect(
      outcome.errors.contains("line 4: 'maybe' under 'Edema' is none of 1, 0, -1 and nothing"))
    #expect(!outcome.errors.contains("P00") && !stopped.errors.contains("P00"))
    let other = try run(
      "dataset", "findings", "films.csv", "-o", "other", "--label-columns", "Oedema")
    #expect(other.status == 1 && other.errors.contains("there is no column 'Oedema'"), "\(other)")
    let checked = try run("dataset", "check", "chest", "--split", "train")
    #expect(checked.status == 1, "\(checked)")
    #expect(checked.output.contains("The DICOM picture is cut off (the data end too early)"))
    #expect(!checked.output.contains("P0020"))
  }
}
