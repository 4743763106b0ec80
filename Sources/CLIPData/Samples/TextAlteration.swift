import CLIPImages

/// A text said a little differently: two neighbouring words change places, and some are left out.
///
/// Two of the four operations of easy data augmentation; the others need a dictionary of synonyms.
/// In Chinese a word is a character.
///
/// Source: Wei and Zou, *EDA*, 2019, section 2, with its share of 0.1.
enum TextAlteration {
  private static let share = 0.1

  static func altered(_ text: Sample.Text, using random: inout AugmentationRandom) -> Sample.Text {
    Sample.Text(id: text.id, text: altered(text.text, using: &random))
  }

  static func altered(_ text: String, using random: inout AugmentationRandom) -> String {
    var words = words(of: text)
    let places = words.indices.filter { isWord(words[$0]) }
    guard places.count > 2 else { return text }
    let first = random.index(below: places.count - 1)
    words.swapAt(places[first], places[first + 1])
    let kept = words.enumerated().filter { index, word in
      !isWord(word) || Double(random.next() >> 11) * 0x1p-53 >= share
    }
    let result = kept.map(\.element).joined()
    return result.contains { !$0.isWhitespace && !$0.isPunctuation } ? result : text
  }

  private static func isWord(_ text: String) -> Bool {
    text.contains { $0.isLetter || $0.isNumber }
  }

  /// Runs of Latin letters, single characters of Chinese, and what lies between.
  private static func words(of text: String) -> [String] {
    var words: [String] = []
    for letter in text {
      let isPart = (letter.isLetter || letter.isNumber) && (letter.isASCII || letter.isCased)
      if isPart, let last = words.last?.last, last.isASCII || last.isCased,
        last.isLetter || last.isNumber
      {
        words[words.count - 1].append(letter)
      } else {
        words.append(String(letter))
      }
    }
    return words
  }
}
