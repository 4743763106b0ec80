/// Reads from reports what was found, not found and left open, by the phrases of a table.
///
/// Every mention of a label gets what the words around it say, within its clause; a report's label is
/// then `present` if one mention is, else `uncertain` if one is, else `absent`. The label of the role
/// `normal` is present where no finding is present or uncertain. What words reach is told in
/// ``LabelTable`` and, in examples, in Documentation/Medical.md. Time grows with the report's length.
///
/// Source of the aggregation: Irvin et al., *CheXpert*, 2019, section 3.
public struct ReportLabeller: Sendable {
  /// By what reports are read.
  public let table: LabelTable
  private let matcher: PhraseMatcher
  private let meanings: [Meaning]

  /// What a phrase of the table is for.
  private enum Meaning {
    case finding(Int, FindingWord)
    case exclusion(Int)
    /// Of all labels, or of one.
    case word(ReachingWord, of: Int?)
    case ignored
    case breaks
    case assertion
    case predicate
    case joining
  }

  /// Prepares a table.
  public init(_ table: LabelTable) {
    var (matcher, meanings) = (PhraseMatcher(), [Meaning]())
    func add(_ phrases: [String], _ meaning: (String) -> Meaning) {
      for phrase in phrases {
        matcher.add(phrase)
        meanings.append(meaning(phrase))
      }
    }
    for (number, entry) in table.entries.enumerated() {
      add(entry.mentions) { _ in .finding(number, .mention) }
      add(entry.absences) { _ in .finding(number, .absence) }
      add(entry.suspicions) { _ in .finding(number, .suspicion) }
      add(entry.exclusions) { _ in .exclusion(number) }
      add(entry.negations) { .word(ReachingWord(.absent, as: $0), of: number) }
      add(entry.uncertainty) { .word(ReachingWord(.uncertain, as: $0), of: number) }
    }
    add(table.words.negations) { .word(ReachingWord(.absent, as: $0), of: nil) }
    add(table.words.uncertainty) { .word(ReachingWord(.uncertain, as: $0), of: nil) }
    add(table.words.alternatives) { _ in .word(.alternative, of: nil) }
    add(table.words.ignored) { _ in .ignored }
    add(table.words.breaks) { _ in .breaks }
    add(table.words.assertions) { _ in .assertion }
    add(table.words.predicates) { _ in .predicate }
    add(["or", "nor", "或", "及", "和"]) { _ in .joining }
    matcher.finish()
    self.table = table
    self.matcher = matcher
    self.meanings = meanings
  }

  /// What a report says of each of ``LabelTable/labels``; nil: it does not mention it.
  public func callAsFunction(_ report: String) -> [FindingState?] {
    let text = ReportText(report)
    var reading = ReportReading(scopes: table.entries.map(\.scope))
    for event in events(in: text) { reading.read(event) }
    var states = [FindingState?](repeating: nil, count: table.entries.count)
    for mention in reading.mentions {
      guard let state = mention.state else { continue }
      states[mention.label] = Self.stronger(states[mention.label], state)
    }
    let isNormal = zip(table.entries, states).allSatisfy { entry, state in
      entry.role == .device || state == nil || state == .absent
    }
    if isNormal, let normal = table.entries.firstIndex(where: { $0.role == .normal }) {
      states[normal] = .present
    }
    return zip(table.entries, states).filter { $0.0.role != .other }.map { $0.1 }
  }

  private static func stronger(_ first: FindingState?, _ second: FindingState) -> FindingState {
    if first == .present || second == .present { return .present }
    return first == .uncertain || second == .uncertain ? .uncertain : .absent
  }

  /// All that happens in a report, in its order.
  private func events(in text: ReportText) -> [ReportEvent] {
    let matches = matcher.matches(in: text)
    var findings = [[PhraseMatcher.Match]](repeating: [], count: table.entries.count)
    var exclusions = [[Range<Int>]](repeating: [], count: table.entries.count)
    var words: [PhraseMatcher.Match] = []
    for match in matches {
      switch meanings[match.phrase] {
      case .finding(let label, _): findings[label].append(match)
      case .exclusion(let label): exclusions[label].append(match.range)
      default: words.append(match)
      }
    }
    var events: [ReportEvent] = []
    // How far a finding's name that covers a place goes: words inside of names say nothing.
    var covered = [Int](repeating: 0, count: text.scalars.count)
    for label in table.entries.indices {
      let kept = Self.longest(findings[label], besides: exclusions[label])
      for match in kept {
        guard case .finding(_, let word) = meanings[match.phrase] else { continue }
        events.append(
          ReportEvent(place: match.anchor, order: 1, kind: .finding(label: label, word)))
        for place in match.anchor..<match.range.upperBound {
          covered[place] = max(covered[place], match.range.upperBound)
        }
      }
    }
    for match in Self.longest(words, besides: [])
    where covered[match.range.lowerBound] < match.range.upperBound {
      let kind: ReportEvent.Kind
      switch meanings[match.phrase] {
      case .word(let word, let label): kind = .word(word, label: label)
      case .breaks: kind = .breaks
      case .assertion: kind = .assertion
      case .predicate: kind = .predicate
      case .joining: kind = .joining
      case .finding, .exclusion, .ignored: continue
      }
      events.append(
        ReportEvent(
          place: match.range.lowerBound, end: match.range.upperBound, order: 0, kind: kind))
    }
    events += text.marks.map { ReportEvent(place: $0.place, order: 2, kind: .mark($0.mark)) }
    events.sort { ($0.place, $0.order) < ($1.place, $1.order) }
    Self.carryOverItems(&events)
    return events
  }

  /// The longest of what begins first, and so on; nothing that touches one of `others`.
  private static func longest(
    _ matches: [PhraseMatcher.Match], besides others: [Range<Int>]
  ) -> [PhraseMatcher.Match] {
    let sorted = matches.sorted {
      ($0.range.lowerBound, -$0.range.count) < ($1.range.lowerBound, -$1.range.count)
    }
    // Merged, so that one look at the next of them is enough.
    var bars: [Range<Int>] = []
    for other in others.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = bars.last, other.lowerBound <= last.upperBound {
        bars[bars.count - 1] = last.lowerBound..<max(last.upperBound, other.upperBound)
      } else {
        bars.append(other)
      }
    }
    var (kept, end, bar): ([PhraseMatcher.Match], Int, Int) = ([], 0, 0)
    for match in sorted where match.range.lowerBound >= end {
      while bar < bars.count, bars[bar].upperBound <= match.range.lowerBound { bar += 1 }
      if bar < bars.count, bars[bar].overlaps(match.range) { continue }
      kept.append(match)
      end = match.range.upperBound
    }
    return kept
  }

  /// Decides for the ends of list items whether a negation goes on behind them: in `no edema,
  /// effusion, or nodule` it does, in `no edema, small effusion` it does not.
  private static func carryOverItems(_ events: inout [ReportEvent]) {
    // From the end: whether the item that begins here is stated by itself, has a verb, begins or goes on
    // with 'or'; and whether 'or' closes the list that it belongs to.
    var item = (isStated: false, hasVerb: false, joins: false)
    var (closes, beginsNext) = (false, false)
    for index in events.indices.reversed() {
      let begins = beginsNext
      beginsNext = false
      switch events[index].kind {
      case .assertion: item.isStated = true
      case .predicate: (item.isStated, item.hasVerb) = (true, true)
      case .joining: (beginsNext, item.joins) = (true, true)
      case .finding: break
      case .word(let word, _): item.isStated = item.isStated || word.reachesForward
      case .mark(.item):
        closes = begins || item.joins || closes && !item.hasVerb
        events[index].carries = closes || !item.isStated
        item = (false, false, false)
      case .mark, .breaks:
        item = (false, false, false)
        closes = false
      }
    }
  }
}
