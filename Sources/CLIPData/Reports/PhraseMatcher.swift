/// Finds many phrases in a text at once, in one pass: Aho and Corasick, *Efficient string matching*,
/// 1975.
///
/// Phrases are as ``ReportText`` writes texts. A word of Latin letters is found as a whole word;
/// `calcif*` finds all words that begin so. `heart … enlarged` is found where its parts follow each
/// other within one clause, at most ``maximumGap`` characters apart.
struct PhraseMatcher {
  /// Where a phrase stands in a text.
  struct Match: Equatable {
    /// Which phrase.
    let phrase: Int
    /// From the first part's begin to the last one's end.
    let range: Range<Int>
    /// Where the last part begins.
    let anchor: Int
  }

  /// How many characters may stand between two parts of a phrase.
  static let maximumGap = 24

  private struct Node {
    var next: [UInt32: Int] = [:]
    var fallback = 0
    /// The nearest suffix that ends a part; 0: none.
    var suffix = 0
    var parts: [Int] = []
  }

  private struct Part {
    let phrase: Int
    /// The place among the phrase's parts.
    let place: Int
    let count: Int
    let isLast: Bool
    let beginsWord: Bool
    let endsWord: Bool
  }

  private var nodes = [Node()]
  private var parts: [Part] = []
  private var phraseCount = 0

  /// Adds a phrase under the next number.
  ///
  /// - Parameter phrase: as a table has it, without the marks of direction.
  mutating func add(_ phrase: String) {
    let pieces = phrase.split(separator: "…").map { ReportText.folded(String($0)) }
      .filter { !$0.isEmpty }
    for (place, piece) in pieces.enumerated() {
      let isPrefix = piece.last == "*"
      let letters = (isPrefix ? piece.dropLast() : piece[...]).map(\.value)
      guard let first = letters.first, let last = letters.last else { continue }
      var node = 0
      for letter in letters {
        if let next = nodes[node].next[letter] {
          node = next
        } else {
          nodes.append(Node())
          nodes[node].next[letter] = nodes.count - 1
          node = nodes.count - 1
        }
      }
      nodes[node].parts.append(parts.count)
      parts.append(
        Part(
          phrase: phraseCount, place: place, count: letters.count,
          isLast: place == pieces.count - 1, beginsWord: ReportText.isWordLetter(first),
          endsWord: !isPrefix && ReportText.isWordLetter(last)))
    }
    phraseCount += 1
  }

  /// Links every node with the longest suffix that is a beginning too.
  mutating func finish() {
    var queue = Array(nodes[0].next.values)
    var done = 0
    while done < queue.count {
      let node = queue[done]
      done += 1
      for (letter, child) in nodes[node].next {
        var fallback = nodes[node].fallback
        while fallback != 0, nodes[fallback].next[letter] == nil {
          fallback = nodes[fallback].fallback
        }
        let target = nodes[fallback].next[letter] ?? 0
        nodes[child].fallback = target
        nodes[child].suffix = nodes[target].parts.isEmpty ? nodes[target].suffix : target
        queue.append(child)
      }
    }
  }

  /// All places of all phrases, by their ends.
  func matches(in text: ReportText) -> [Match] {
    var found: [Match] = []
    // Of phrases of several parts: how far the latest occurrence has come.
    var begun: [Int: [(start: Int, end: Int)?]] = [:]
    var node = 0
    let scalars = text.scalars
    for (index, letter) in scalars.enumerated() {
      while node != 0, nodes[node].next[letter] == nil { node = nodes[node].fallback }
      node = nodes[node].next[letter] ?? 0
      var ending = nodes[node].parts.isEmpty ? nodes[node].suffix : node
      while ending != 0 {
        for number in nodes[ending].parts {
          let part = parts[number]
          let (start, end) = (index + 1 - part.count, index + 1)
          if part.beginsWord, start > 0, ReportText.isWordLetter(scalars[start - 1]) { continue }
          if part.endsWord, end < scalars.count, ReportText.isWordLetter(scalars[end]) { continue }
          if part.place == 0, part.isLast {
            found.append(Match(phrase: part.phrase, range: start..<end, anchor: start))
            continue
          }
          var chain = begun[part.phrase] ?? []
          while chain.count <= part.place { chain.append(nil) }
          if part.place == 0 {
            chain[0] = (start, end)
          } else if let before = chain[part.place - 1], before.end <= start,
            start - before.end <= Self.maximumGap, !text.hasEnd(in: before.end..<start)
          {
            if part.isLast {
              found.append(
                Match(phrase: part.phrase, range: before.start..<end, anchor: start))
            } else {
              chain[part.place] = (before.start, end)
            }
          }
          begun[part.phrase] = chain
        }
        ending = nodes[ending].suffix
      }
    }
    return found
  }
}
