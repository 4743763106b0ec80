import CLIPText

/// A text's ids, cut into the words that an explanation is about.
struct TextWords {
  /// With the marks of beginning and end.
  let ids: [Int32]
  /// Each word as it is read.
  let texts: [String]
  /// Which of the tokenizer's words make up each of these.
  let members: [Range<Int>]
  /// The tokenizer's word of each id; nil at marks.
  let numbers: [Int?]

  /// - Parameters:
  ///   - text: what is explained.
  ///   - chosen: words of the text, in any order; nil: all of the tokenizer's.
  ///   - tokenizer: the model's.
  /// - Throws: ``ModelError/unsupported(_:)`` for a text without words, or a word that is not in it.
  init(of text: String, choosing chosen: [String]?, by tokenizer: any Tokenizer) throws {
    ids = tokenizer.ids(for: text)
    numbers = tokenizer.words(of: ids)
    let all = tokenizer.wordTexts(of: ids)
    guard !all.isEmpty else {
      throw ModelError.unsupported("the text '\(text)' has no words to explain")
    }
    guard let chosen else {
      let spoken = all.indices.filter { !all[$0].allSatisfy(Self.isPunctuation) }
      let shown = spoken.isEmpty ? Array(all.indices) : spoken
      texts = shown.map { all[$0] }
      members = shown.map { $0..<$0 + 1 }
      return
    }
    texts = chosen
    members = try chosen.map { word in
      let wanted = tokenizer.wordTexts(of: tokenizer.ids(for: word))
      let starts = all.indices.dropLast(max(0, wanted.count - 1))
      guard !wanted.isEmpty,
        let start = starts.first(where: { Array(all[$0..<$0 + wanted.count]) == wanted })
      else {
        throw ModelError.unsupported(
          "'\(word)' is not among the words of '\(text)': "
            + all.joined(separator: " ") + (all.count < 2 ? "" : " (neighbours may be joined)"))
      }
      return start..<start + wanted.count
    }
  }

  private static func isPunctuation(_ character: Character) -> Bool {
    character.isPunctuation || character.isSymbol
  }

  /// The ids of one word as a text.
  func ids(of word: Int) -> [Int32] { ids { $0.map(members[word].contains) ?? true } }

  /// The ids of the text without one of its words.
  func ids(without word: Int) -> [Int32] { ids { $0.map(members[word].contains) != true } }

  private func ids(where isWanted: (Int?) -> Bool) -> [Int32] {
    zip(ids, numbers).compactMap { isWanted($1) ? $0 : nil }
  }

  /// The places of a word's ids in the text.
  func places(of word: Int) -> [Int] {
    numbers.indices.filter { numbers[$0].map(members[word].contains) == true }
  }
}
