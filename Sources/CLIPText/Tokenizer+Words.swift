extension Tokenizer {
  /// Which word of its text each id belongs to, as pieces are joined: an ideograph is a word, and so
  /// are `un`, `##know` and `##n` together.
  ///
  /// - Parameter ids: of one text, the marks of beginning and end included.
  /// - Returns: a number from 0 for each id; nil for marks and padding.
  public func words(of ids: some Collection<Int32>) -> [Int?] {
    let marks = Set([paddingID, endID, id(of: "[CLS]")].compactMap { $0 })
    var last = -1
    return ids.map { id in
      if marks.contains(id) { return nil }
      if last < 0 || !continuesWord(id) { last += 1 }
      return last
    }
  }

  /// The words that ``words(of:)`` counts, as they are read: pieces without their `##`.
  public func wordTexts(of ids: some Collection<Int32>) -> [String] {
    var texts: [String] = []
    for (id, word) in zip(ids, words(of: ids)) {
      guard let word else { continue }
      let piece = piece(of: id) ?? ""
      if word == texts.count {
        texts.append(piece)
      } else {
        texts[word] += piece.dropFirst(2)
      }
    }
    return texts
  }

  private func continuesWord(_ id: Int32) -> Bool { piece(of: id)?.hasPrefix("##") ?? false }
}
