/// The parts of a report that say what was seen; what was asked, and how it was done, says nothing
/// about a picture.
public enum ReportSection: String, Sendable, CaseIterable, Codable {
  /// What was seen.
  case findings
  /// What it comes to.
  case impression
  /// Both.
  case both
  /// The report as it is, with what was asked and how it was done.
  case all
}

extension ReportSection {
  private enum Heading {
    case findings, impression, other
  }

  private static let headings: [(heading: Heading, names: [String])] = [
    (
      .findings,
      [
        "findings", "finding", "report", "影像所见", "检查所见", "影像学所见", "影像表现", "放射学表现",
        "检查表现", "影像描述", "所见", "x线所见", "表现",
      ]
    ),
    (
      .impression,
      [
        "impression", "impressions", "conclusion", "conclusions", "opinion", "summary",
        "findings and impression", "影像诊断", "诊断意见", "影像学诊断", "放射学诊断", "检查结论", "诊断结论",
        "诊断印象", "印象", "结论", "意见", "检查提示", "诊断提示", "x线诊断",
      ]
    ),
    (
      .other,
      [
        "indication", "indications", "history", "clinical history", "clinical information",
        "clinical indication", "reason for exam", "reason for examination",
        "reason for this examination",
        "comparison", "comparisons", "technique", "exam", "examination", "procedure",
        "type of exam",
        "final report", "wet read", "notification", "recommendation", "recommendations", "addendum",
        "临床诊断", "临床资料", "临床病史", "病史", "主诉", "检查目的", "检查方法", "检查技术", "检查部位",
        "检查项目", "申请科室", "检查名称", "对比", "比较", "建议", "姓名", "性别", "年龄", "检查号", "住院号",
        "门诊号", "报告医师", "审核医师", "检查日期", "报告日期", "备注",
      ]
    ),
  ]

  private static let known: [String: Heading] = {
    var known: [String: Heading] = [:]
    for (heading, names) in headings { for name in names { known[name] = heading } }
    return known
  }()

  /// This part of a report; the whole report where it has no headings, nil where it has some and this
  /// part is not among them.
  ///
  /// Headings stand at the beginning of a line, or of a sentence, with a colon behind them:
  /// `IMPRESSION:`, `影像所见：`.
  ///
  /// - Parameter report: as written.
  /// - Returns: the part, without its heading.
  public func part(of report: String) -> String? {
    guard self != .all else { return report }
    var parts: [(heading: Heading?, text: String)] = [(nil, "")]
    for line in report.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      var rest = line
      while let (before, heading, behind) = Self.heading(in: rest) {
        parts[parts.count - 1].text += before
        parts.append((heading, ""))
        rest = behind
      }
      parts[parts.count - 1].text += rest + "\n"
    }
    guard parts.contains(where: { $0.heading != nil && $0.heading != .other }) else {
      guard parts.count > 1 else { return report }
      // What was asked stands before, and the report itself has no heading.
      return parts[0].text.contains(where: { !$0.isWhitespace }) ? parts[0].text : nil
    }
    let wanted = parts.filter {
      switch $0.heading {
      case .findings: self == .findings || self == .both
      case .impression: self == .impression || self == .both
      case .other, nil: false
      }
    }
    return wanted.isEmpty ? nil : wanted.map(\.text).joined(separator: "\n")
  }

  private static func name(_ text: Substring) -> String {
    let plain = text.filter { !"【】[]*#".contains($0) }
    return String(String.UnicodeScalarView(ReportText.folded(plain)))
  }

  /// The first heading of a line: what stands before it, and behind it.
  private static func heading(
    in line: Substring
  ) -> (before: Substring, Heading, behind: Substring)? {
    var start = line.startIndex
    while start < line.endIndex {
      guard let colon = line[start...].firstIndex(where: { $0 == ":" || $0 == "：" }) else {
        return nil
      }
      // A heading begins the line or follows the end of a sentence.
      let stop = line[start..<colon].lastIndex { ".。;；?？!！".contains($0) }
      // Chinese headings may also stand behind a blank.
      let blank = line[start..<colon].lastIndex(where: \.isWhitespace)
      for (place, mayBegin) in [(stop, start == line.startIndex), (blank, false)]
      where place != nil || mayBegin {
        let begin = place.map { line.index(after: $0) } ?? start
        if let heading = known[name(line[begin..<colon])] {
          return (line[..<begin], heading, line[line.index(after: colon)...])
        }
      }
      start = line.index(after: colon)
    }
    return nil
  }
}
