import CLIPData
import Foundation
import TestSupport
import Testing

@Suite("Tables of labels")
struct LabelTableTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func error(_ text: String, _ name: String) throws -> String? {
    try folder.write(text, to: name)
    do {
      _ = try LabelTable(contentsOf: folder.url.appending(path: name))
      return nil
    } catch { return "\(error)".replacing(folder.url.path + "/", with: "") }
  }

  @Test("A table of commas, of tabs and of JSON say the same")
  func forms() throws {
    try folder.write(
      "label,mentions,role,scope\nCrack,crack|broken ... bone,,sentence\nScrew,screw*,device,\n",
      to: "a.csv")
    try folder.write(
      "label\tmentions\trole\tscope\nCrack\tcrack|broken … bone\t\tsentence\nScrew\tscrew*\tdevice\t\n",
      to: "a.tsv")
    try folder.write(
      """
      {"labels": [
        {"label": "Crack", "mentions": ["crack", "broken … bone"], "scope": "sentence"},
        {"label": "Screw", "mentions": ["screw*"], "role": "device"}]}
      """, to: "a.json")
    let tables = try ["a.csv", "a.tsv", "a.json"].map {
      try LabelTable(contentsOf: folder.url.appending(path: $0))
    }
    #expect(tables[0] == tables[1] && tables[1] == tables[2])
    #expect(tables[0].labels == ["Crack", "Screw"])
    #expect(try tables[0].words == LabelTable.chest().words)
  }

  @Test("What is wrong with a table is said with its line")
  func errors() throws {
    #expect(
      try error("label,mention\na,b\n", "a.csv")?.hasPrefix(
        "a.csv, line 1: there is no column 'mention' in a table of labels") == true)
    #expect(
      try error("label,mentions\nA,a\nA,b\n", "a.csv") == "a.csv, line 3: 'A' is there already.")
    #expect(try error("label,mentions\nA,\n", "a.csv") == "a.csv, line 2: 'A' has no phrases.")
    #expect(
      try error("label,mentions,scope\nA,a,page\n", "a.csv")
        == "a.csv, line 2: the scope 'page' is none of clause, sentence.")
    #expect(
      try error("label,mentions\nA,a,b\n", "a.csv") == "a.csv, line 2: expected 2 fields, found 3.")
    #expect(
      try error("label,mentions,negations\nA,a,without\n", "a.csv")
        == "a.csv, line 2: 'A': 'without' must have … where the finding stands, as in 'no …', "
        + "'… resolved'.")
    #expect(
      try error("label,mentions\nA,a*b\n", "a.csv")
        == "a.csv, line 2: 'A': the phrase 'a*b' may have * only where a word or a part ends.")
    #expect(
      try error(
        "{\"labels\": [\n{\"label\": \"A\", \"mentions\": [\"a\"]},\n{\"label\": 3}]}", "a.json")
        == "a.json, line 3: 'labels.2.label' is not what a table has there.")
    #expect(
      try error("{\"labels\": [\n{\"label\": \"A\", \"mention\": [\"a\"]}]}", "a.json")?.hasPrefix(
        "a.json, line 2: 'labels.1.mention': there is no such key") == true)
    #expect(try error("{", "a.json") == "a.json, line 1: it is not JSON.")
    #expect(try error("", "a.csv") == "Cannot read a.csv: it is empty.")
  }

  @Test("Sections are told by headings, and a report without headings is taken whole")
  func sections() {
    let report = """
      INDICATION: rule out pneumonia.
      FINDINGS: Small effusion.
      Heart normal.
      IMPRESSION: Effusion.
      """
    #expect(
      ReportSection.findings.part(of: report)?.contains("Small effusion.\nHeart normal.") == true)
    #expect(
      ReportSection.impression.part(of: report)?.trimmingCharacters(in: .whitespacesAndNewlines)
        == "Effusion.")
    #expect(ReportSection.both.part(of: report)?.contains("pneumonia") == false)
    #expect(ReportSection.all.part(of: report) == report)
    #expect(ReportSection.impression.part(of: "FINDINGS: clear.") == nil)
    #expect(ReportSection.both.part(of: "Lungs: clear.") == "Lungs: clear.")
    let chinese = "临床诊断：肺炎？ 影像所见：双肺清晰。诊断意见：未见异常。建议：复查。"
    #expect(ReportSection.findings.part(of: chinese)?.contains("双肺清晰") == true)
    #expect(ReportSection.both.part(of: chinese)?.contains("肺炎") == false)
    #expect(ReportSection.both.part(of: chinese)?.contains("复查") == false)
  }
}
