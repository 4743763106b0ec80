/// A report as rules read it: lower case, ASCII punctuation, single blanks, with the places where
/// sentences and clauses end.
struct ReportText {
  /// What ends at a place.
  enum Mark: Int, Comparable {
    /// An item of a list: a comma of Latin text, `、`.
    case item
    /// A clause: a semicolon, a parenthesis, a comma of Chinese text.
    case clause
    case sentence

    static func < (left: Mark, right: Mark) -> Bool { left.rawValue < right.rawValue }
  }

  /// The characters.
  private(set) var scalars: [UInt32] = []
  /// Where something ends, in rising order; the character there belongs to what ends.
  private(set) var marks: [(place: Int, mark: Mark)] = []
  /// For every character its place in the original's Unicode scalars.
  private(set) var origins: [Int] = []
  /// How many clauses and sentences end before each place.
  private var endsBefore: [Int32] = []

  /// Reads a report.
  init(_ text: String) {
    let source = Array(text.unicodeScalars)
    scalars.reserveCapacity(source.count)
    for index in source.indices {
      let letter = Self.folded(source[index])
      if letter.properties.isWhitespace || Self.controls.contains(letter.value) {
        if Self.isLineFeed(source[index]), Self.endsSentence(atLineFeed: index, in: source) {
          end(.sentence)
        }
        if scalars.last != 0x20 { append(" ", index) }
        continue
      }
      append(letter, index)
      if let mark = Self.mark(letter, at: index, in: source) { end(mark) }
    }
    marks.append((scalars.count, .sentence))
    endsBefore = Array(repeating: 0, count: scalars.count + 1)
    var (next, count) = (0, Int32(0))
    for place in 0...scalars.count {
      while next < marks.count, marks[next].place < place {
        if marks[next].mark > .item { count += 1 }
        next += 1
      }
      endsBefore[place] = count
    }
  }

  private mutating func append(_ letter: Unicode.Scalar, _ origin: Int) {
    scalars.append(letter.value)
    origins.append(origin)
  }

  /// Marks the last character as an end.
  private mutating func end(_ mark: Mark) {
    let place = max(0, scalars.count - 1)
    if let last = marks.last, last.place == place {
      marks[marks.count - 1].mark = max(last.mark, mark)
    } else {
      marks.append((place, mark))
    }
  }

  /// Whether a clause or a sentence ends in a range.
  func hasEnd(in range: Range<Int>) -> Bool {
    endsBefore[range.upperBound] != endsBefore[range.lowerBound]
  }

  /// The report's sentences as they were written, without blanks at both ends.
  static func sentences(of text: String) -> [String] {
    let own = ReportText(text)
    let source = Array(text.unicodeScalars)
    var (sentences, start): ([String], Int) = ([], 0)
    for (place, mark) in own.marks where mark == .sentence {
      let end = place < own.origins.count ? own.origins[place] + 1 : source.count
      if end > start {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: source[start..<end])
        let sentence = String(view).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        if sentence.unicodeScalars.contains(where: { $0.properties.isAlphabetic }) {
          sentences.append(sentence)
        }
      }
      start = max(start, end)
    }
    return sentences
  }

  // MARK: Characters

  private static let controls: ClosedRange<UInt32> = 0...0x1F

  /// The characters of a phrase, as texts have them; blanks at the ends are left out.
  static func folded(_ phrase: String) -> [Unicode.Scalar] {
    phrase.unicodeScalars.map(folded).map { $0.properties.isWhitespace ? " " : $0 }
      .split(separator: " ").map(Array.init).joined(separator: [" "]).map { $0 }
  }

  private static func folded(_ letter: Unicode.Scalar) -> Unicode.Scalar {
    switch letter.value {
    case 0x41...0x5A: return Unicode.Scalar(letter.value + 32) ?? letter
    case 0..<0x80: return letter == "-" || letter == "/" || letter == "_" ? " " : letter
    case 0xFF01...0xFF5E:
      // The wide comma stays what it is: it ends clauses where the narrow one parts a list.
      if letter == "，" { return letter }
      return folded(Unicode.Scalar(letter.value - 0xFEE0) ?? letter)
    case 0x2010...0x2015: return " "
    default:
      let lower = letter.properties.lowercaseMapping.unicodeScalars
      return lower.count == 1 ? lower.first ?? letter : letter
    }
  }

  /// A letter or digit of a script that parts words by blanks.
  static func isWordLetter(_ letter: UInt32) -> Bool {
    switch letter {
    case 0x30...0x39, 0x61...0x7A, 0xC0...0x24F: true
    default: false
    }
  }

  private static func isHan(_ letter: Unicode.Scalar) -> Bool {
    (0x3400...0x9FFF).contains(letter.value) || (0x20000...0x3FFFF).contains(letter.value)
  }

  private static func isLineFeed(_ letter: Unicode.Scalar) -> Bool {
    letter == "\n" || letter == "\r" || letter == "\u{2028}" || letter == "\u{2029}"
  }

  // MARK: Ends

  private static func mark(
    _ letter: Unicode.Scalar, at index: Int, in source: [Unicode.Scalar]
  ) -> Mark? {
    switch letter {
    case "。", "!", "?", "｡": return .sentence
    case "." where source[index] != ".": return .sentence  // the wide one
    case ".":
      let next = index + 1 < source.count ? source[index + 1] : " "
      if next.properties.isWhitespace || isHan(next) {
        return isAbbreviation(before: index, in: source) ? nil : .sentence
      }
      return nil
    case ";", "(", ")", "[", "]", "，": return .clause
    case ",":
      // Chinese that was typed with a narrow comma.
      if index > 0, isHan(source[index - 1]) { return .clause }
      let next = index + 1 < source.count ? source[index + 1] : " "
      return (UInt32(0x30)...0x39).contains(next.value) ? nil : .item
    case "、": return .item
    default: return nil
    }
  }

  private static let abbreviations: Set<String> = ["dr", "mr", "mrs", "ms", "vs", "approx", "ca"]

  private static func isAbbreviation(before index: Int, in source: [Unicode.Scalar]) -> Bool {
    var word = ""
    var place = index - 1
    while place >= 0, word.unicodeScalars.count < 7, isWordLetter(folded(source[place]).value) {
      word.unicodeScalars.insert(folded(source[place]), at: word.unicodeScalars.startIndex)
      place -= 1
    }
    return abbreviations.contains(word)
  }

  /// Lines that a program has wrapped go on; an empty line, a numbered or capitalised one, or one
  /// after Chinese text does not.
  private static func endsSentence(atLineFeed index: Int, in source: [Unicode.Scalar]) -> Bool {
    var before = index - 1
    while before >= 0, source[before].properties.isWhitespace, !isLineFeed(source[before]) {
      before -= 1
    }
    if before < 0 || isHan(source[before]) || source[before] == "：" { return true }
    var after = index + 1
    while after < source.count, source[after].properties.isWhitespace {
      if isLineFeed(source[after]), !(source[index] == "\r" && after == index + 1) { return true }
      after += 1
    }
    guard after < source.count else { return true }
    let next = source[after]
    return isHan(next) || "-*•·".unicodeScalars.contains(next)
      || (UInt32(0x30)...0x39).contains(next.value) && isNumbered(after, source)
      || isHeading(from: after, in: source)
  }

  /// `1.` or `1)` or `1、`.
  private static func isNumbered(_ start: Int, _ source: [Unicode.Scalar]) -> Bool {
    var place = start
    while place < source.count, place - start < 3,
      (UInt32(0x30)...0x39).contains(source[place].value)
    {
      place += 1
    }
    return place < source.count && ".)、".unicodeScalars.contains(source[place])
  }

  /// `FINDINGS:` and the like: a few words and a colon.
  private static func isHeading(from start: Int, in source: [Unicode.Scalar]) -> Bool {
    guard source[start].properties.isUppercase else { return false }
    for place in start..<min(source.count, start + 32) {
      if source[place] == ":" { return true }
      if isLineFeed(source[place]) || source[place] == "." { return false }
    }
    return false
  }
}

extension ReportText {
  /// Words of a text; a character of Chinese counts as one.
  static func wordCount(of text: String) -> Int {
    var (count, isInside) = (0, false)
    for letter in text.unicodeScalars {
      if isHan(letter) {
        count += 1
        isInside = false
      } else if letter.properties.isAlphabetic || letter.properties.numericType != nil {
        if !isInside { count += 1 }
        isInside = true
      } else {
        isInside = isInside && (letter == "'" || letter == "-")
      }
    }
    return count
  }
}
