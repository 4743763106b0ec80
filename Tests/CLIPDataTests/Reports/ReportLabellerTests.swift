import CLIPData
import Foundation
import TestSupport
import Testing

@Suite("Weak labels of reports")
struct ReportLabellerTests {
  private let labeller: ReportLabeller

  init() throws {
    labeller = ReportLabeller(try LabelTable.chest())
  }

  private struct Example: Decodable {
    let report: String
    let labels: [String: Int]
  }

  private func labels(_ report: String, by labeller: ReportLabeller? = nil) -> [String: Int] {
    let labeller = labeller ?? self.labeller
    return zip(labeller.table.labels, labeller(report)).reduce(into: [:]) { result, entry in
      if let state = entry.1 { result[entry.0] = state.rawValue }
    }
  }

  @Test("The columns are CheXpert's fourteen in their order")
  func columns() {
    #expect(
      labeller.table.labels == [
        "No Finding", "Enlarged Cardiomediastinum", "Cardiomegaly", "Lung Lesion", "Lung Opacity",
        "Edema", "Consolidation", "Pneumonia", "Atelectasis", "Pneumothorax", "Pleural Effusion",
        "Pleural Other", "Fracture", "Support Devices",
      ])
  }

  /// `sample_reports.csv` and `labeled_reports.csv` of stanfordmlgroup/chexpert-labeler.
  @Test("CheXpert's four sample reports get its labels")
  func published() throws {
    let reports = try ReportFile(
      Fixture.url("chest-reports.csv"), columns: ReportFile.Columns(hasHeader: false))
    let expected = try String(
      contentsOf: Fixture.url("chest-reports.expected.csv"), encoding: .utf8
    )
    .split(separator: "\n").dropFirst()
    #expect(reports.reports.count == 4)
    for (report, row) in zip(reports.reports, expected) {
      let found = labeller(report.text).map { $0.map { "\($0.rawValue)" } ?? "" }
      #expect(report.id + "," + found.joined(separator: ",") == row)
    }
  }

  @Test("Written examples in Chinese and English get the labels that stand beside them")
  func examples() throws {
    let lines = try String(contentsOf: Fixture.url("chest-examples.jsonl"), encoding: .utf8)
      .split(separator: "\n")
    #expect(lines.count > 50)
    for line in lines {
      let example = try JSONDecoder().decode(Example.self, from: Data(line.utf8))
      #expect(labels(example.report) == example.labels, "\(example.report)")
    }
  }

  @Test("Line ends, wide letters, case and hyphens do not change what is said")
  func forms() {
    let plain = labels("No evidence of pneumothorax. Left pleural effusion.")
    #expect(plain == ["Pneumothorax": 0, "Pleural Effusion": 1])
    #expect(labels("NO EVIDENCE\r\nOF PNEUMOTHORAX.\r\nLEFT PLEURAL EFFUSION.") == plain)
    #expect(labels("Ｎｏ evidence of pneumothorax．Left pleural-effusion.") == plain)
  }

  @Test("A table of one's own has its words, scopes and phrases of several parts")
  func ownTable() throws {
    var wide = LabelTable.Entry("wide")
    wide.mentions = ["alpha"]
    wide.scope = .sentence
    var narrow = LabelTable.Entry("narrow")
    narrow.mentions = ["beta"]
    narrow.negations = ["missing …"]
    var parted = LabelTable.Entry("parted")
    parted.mentions = ["gamma … large", "calc*"]
    parted.exclusions = ["calcium"]
    var words = LabelTable.Words()
    words.negations = ["no …", "… gone"]
    words.uncertainty = ["maybe …"]
    let own = ReportLabeller(try LabelTable([wide, narrow, parted], words: words))
    #expect(labels("no omega; alpha", by: own) == ["wide": 0])
    #expect(labels("no omega; beta", by: own) == ["narrow": 1])
    #expect(labels("missing alpha", by: own) == ["wide": 1])
    #expect(labels("missing beta", by: own) == ["narrow": 0])
    #expect(labels("gamma is no large", by: own) == ["parted": 0])
    #expect(labels("gamma is very, very, very much too large", by: own) == [:])
    #expect(labels("gamma; large", by: own) == [:])
    #expect(labels("calcium and maybe calcified", by: own) == ["parted": -1])
    #expect(labels("beta; it is gone", by: own) == ["narrow": 0])
    #expect(labels("alphabet", by: own) == [:])
  }

  @Test("Long reports take time in proportion to their length")
  func linear() {
    let part = "No edema, effusion, or pneumothorax; mediastinum no no 未见可能未见实变，不除外 heart "
    func seconds(_ count: Int) -> Double {
      let text = String(repeating: part, count: count)
      return ContinuousClock().measure { _ = labeller(text) } / .seconds(1)
    }
    _ = seconds(50)
    let (short, long) = (seconds(200), seconds(3200))
    #expect(long < 48 * short + 0.5, "\(short) s, then \(long) s for sixteen times the length")
  }

  @Test("Any bytes can be read")
  func hostile() {
    var random = SplitMix(state: 7)
    let pieces = [
      "未见", "可能", "no ", "… ", "?", "(", "\u{0}", "\u{200d}", "effusion", "，", ",", "\n", "心影",
      "增大", "🫀", ".",
    ]
    for _ in 0..<300 {
      let text = (0..<40).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }.joined()
      #expect(labeller(text).count == 14)
      _ = ReportSection.both.part(of: text)
    }
  }
}
