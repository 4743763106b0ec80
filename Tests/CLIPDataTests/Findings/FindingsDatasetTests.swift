import CLIPData
import Foundation
import TestSupport
import Testing

@Suite("Tables of medical pictures")
struct FindingsDatasetTests {
  private let folder: TemporaryFolder
  private let reading: FindingsDataset.Reading

  init() throws {
    folder = try TemporaryFolder()
    reading = FindingsDataset.Reading(ReportLabeller(try LabelTable.chest()))
    for name in ["p10/a.png", "p11/b.png"] { try folder.write("picture of \(name)", to: name) }
  }

  private func table(
    _ text: String, columns: FindingsTable.Columns = FindingsTable.Columns(),
    policy: DamagePolicy = .fail
  ) throws -> FindingsTable {
    try FindingsTable(
      folder.write(text, to: "table.csv"), columns: columns,
      known: reading.labeller.table.labels, policy: policy)
  }

  private func error(_ text: String) -> String? {
    do {
      _ = try table(text)
      return nil
    } catch { return "\(error)".replacing(folder.path + "/", with: "") }
  }

  @Test("CheXpert's columns, policies for -1, and pictures by number")
  func labels() throws {
    let table = try table("Path,Age,Edema,Fracture\np10/a.png,67,1.0,\np11/b.png,9,-1.0,0.0\n")
    #expect(table.labels == ["Edema", "Fracture"])
    let dataset = try FindingsDataset(table, reading: reading)
    #expect(dataset.imageStates == [[.present, nil], [.uncertain, .absent]])
    #expect(dataset.imageIDs() == [0, 1] && dataset.captions().isEmpty && dataset.pairCount == 0)
    #expect(try dataset.imageData(for: 1) == Data("picture of p11/b.png".utf8))
    let file = folder.url.appending(path: "labels.jsonl")
    for (policy, number) in [
      (UncertaintyPolicy.zeros, Float(-1)), (.ones, 1), (.ignore, 0),
    ] {
      try dataset.writeLabels(to: file, uncertainty: policy, overwrite: true)
      let numbers = try LabelNumbers(file)
      #expect(numbers.names == ["Edema", "Fracture"])
      #expect(numbers.images == [0: [1, 0], 1: [number, -1]])
    }
    #expect(throws: DataError.alreadyExists(path: file.path)) {
      try dataset.writeLabels(to: file, uncertainty: .ones)
    }
  }

  @Test("Reports become sentences with what they say, and label pictures that have no labels")
  func reports() throws {
    let table = try table(
      """
      image,检查所见,诊断意见
      p10/a.png,双肺未见实变影。短。,左侧胸腔少量积液。
      p11/b.png,双肺未见实变影。,

      """, columns: FindingsTable.Columns(report: ["检查所见", "诊断意见"]))
    let dataset = try FindingsDataset(table, reading: reading)
    #expect(dataset.captions().map(\.text) == ["双肺未见实变影。", "左侧胸腔少量积液。"])
    #expect(dataset.captions().map(\.imageIDs) == [[0, 1], [0]])
    #expect(try dataset.pair(at: 2).imageID == 0 && dataset.pairCount == 3)
    let effusion = try #require(dataset.labels.firstIndex(of: "Pleural Effusion"))
    let consolidation = try #require(dataset.labels.firstIndex(of: "Consolidation"))
    #expect(dataset.imageStates.map { $0[effusion] } == [.present, nil])
    #expect(dataset.imageStates.map { $0[consolidation] } == [.absent, .absent])
    #expect(dataset.textStates.map { $0[consolidation] } == [.absent, nil])
  }

  @Test("Faults are said with their line, and never with a picture's path")
  func faults() throws {
    #expect(
      error("Path,Edema\np10/a.png,1\np99/lost.png,1\n")
        == "table.csv, line 3: the picture that it names is not there, or may not be read.")
    #expect(
      error("Path,Edema\np10/a.png,2\n")
        == "table.csv, line 2: '2' under 'Edema' is none of 1, 0, -1 and nothing.")
    #expect(
      error("Path,Edema\np10/a.png\n") == "table.csv, line 2: expected 2 fields, found 1.")
    #expect(error("Path,Age\np10/a.png,3\n")?.contains("no column is one of the labels") == true)
    #expect(error("Edema\n1\n")?.contains("no column looks like a path") == true)
    let kept = try table(
      "Path,Edema\np10/a.png,1\np99/lost.png,1\np11/b.png,x\n", policy: .skip)
    #expect(kept.rows.count == 1 && kept.problems.count == 2)
    #expect(!kept.problems.contains { "\($0)".contains("p99") || "\($0)".contains("p11") })
    #expect(throws: DataError.self) {
      try table("Path,Edema\np10/a.png,1\n", columns: FindingsTable.Columns(labels: ["Oedema"]))
    }
    let other = try table(
      "Path,Weather\np10/a.png,1\n", columns: FindingsTable.Columns(labels: ["Weather"]))
    #expect(throws: DataError.self) { try FindingsDataset(other, reading: reading) }
    let dataset = try FindingsDataset(try table("Path,Edema\np10/a.png,1\n"), reading: reading)
    try FileManager.default.removeItem(at: folder.url.appending(path: "p10/a.png"))
    let lost = #expect(throws: DataError.self) { try dataset.imageData(for: 0) }
    #expect(lost?.description.contains("p10") == false)
  }
}
