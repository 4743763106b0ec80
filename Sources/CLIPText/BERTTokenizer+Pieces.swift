extension BERTTokenizer {
  /// The pieces that a text is split into, for showing what the model sees.
  ///
  /// Without `[CLS]` and `[SEP]`: the piece at index `i` is token `i + 1` of the text. What does not
  /// fit into the context is left out; a word without pieces is `[UNK]`.
  public func pieces(for text: String) -> [String] {
    ids(for: text).dropFirst().dropLast().map { vocabulary.piece(of: $0) ?? "" }
  }

  /// A text that has these ids, near to what was written.
  ///
  /// Special pieces other than `[UNK]` and ids that the vocabulary does not have are left out. Case,
  /// accents and the spaces of the source are lost.
  ///
  /// - Parameters:
  ///   - ids: In their order, with or without `[CLS]`, `[SEP]` and `[PAD]`.
  ///   - spacedIdeographs: Whether spaces stay around ideographs, as in the original's
  ///     `FullTokenizer.convert_tokens_to_string`: "皮 卡 丘" instead of "皮卡丘".
  /// - Returns: The pieces joined, with the original's rules for English punctuation.
  public func text(for ids: some Sequence<Int32>, spacedIdeographs: Bool = false) -> String {
    let omitted = [vocabulary.paddingID, vocabulary.classID, vocabulary.separatorID]
    let pieces = ids.filter { !omitted.contains($0) }.compactMap(vocabulary.piece(of:))
    var text = ""
    for piece in pieces {
      let continues = piece.hasPrefix("##") && !text.isEmpty
      let isSpaced = spacedIdeographs || !(isWide(text.last) || isWide(piece.first))
      if !text.isEmpty, !continues, isSpaced { text += " " }
      text += continues ? String(piece.dropFirst(2)) : piece
    }
    return Self.cleanedUp(text)
  }

  /// Whether Chinese typography puts no space beside the character: an ideograph, kana, or
  /// punctuation of their width.
  private func isWide(_ character: Character?) -> Bool {
    guard let scalar = character?.unicodeScalars.first?.value else { return false }
    return switch scalar {
    case 0x2E80...0x9FFF, 0xF900...0xFAFF, 0xFF00...0xFFEF, 0x20000...0x3FFFF: true
    default: false
    }
  }

  /// The original's rules for English, in its order.
  private static func cleanedUp(_ text: String) -> String {
    let rules = [
      (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"),
      (" 'm", "'m"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ]
    return rules.reduce(text) { $0.replacing($1.0, with: $1.1) }
  }
}
