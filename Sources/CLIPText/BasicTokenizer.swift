/// Splits a text into words: cleaning, spaces around ideographs, lower case, NFD without marks,
/// punctuation on its own (`BasicTokenizer` of `cn_clip/clip/bert_tokenizer.py`), in one pass.
///
/// All by code point, never by `Character`: one grapheme may be several words.
struct BasicTokenizer: Sendable {
  /// A longer word has no pieces (`max_input_chars_per_word`).
  static let maximumWordLength = 200

  let normalization: TextNormalization
  private let tables = UnicodeTables.shared

  init(normalization: TextNormalization) {
    self.normalization = normalization
  }

  /// Calls `body` for each word until it returns false.
  ///
  /// - Parameters:
  ///   - text: UTF-8; malformed bytes are passed over.
  ///   - body: Gets the code points of a word, valid during the call, or nil for a word of more
  ///     than `maximumWordLength`, and says whether to go on.
  @inline(__always)
  func forEachWord(
    in text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt32>?) -> Bool
  ) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Self.maximumWordLength) { storage in
      var word = WordBuffer(storage: storage)
      var position = 0
      while let scalar = UTF8Reader.next(in: text, &position) {
        let entry = tables[scalar]
        switch entry.kind {
        case .letter:
          word.append(entry.moved(scalar))
        case .isolated:
          guard word.flush(to: body) else { return }
          word.append(isolated(entry.moved(scalar)))
          guard word.flush(to: body) else { return }
        case .separator:
          guard word.flush(to: body) else { return }
        case .dropped:
          break
        case .barrier:
          word.closeMarks()
        case .capitalSigma:
          word.append(
            FinalSigma.lowercased(
              in: text, at: position - 2..<position, skippingDropped: normalization == .api,
              tables: tables))
        case .hangul:
          word.append(hangulSyllable: scalar)
        case .expansion:
          append(expansionAt: Int(entry.value), to: &word)
        }
      }
      _ = word.flush(to: body)
    }
  }

  /// The training normalisation's “ and ” become `"`; both are words of their own either way.
  @inline(__always)
  private func isolated(_ scalar: UInt32) -> UInt32 {
    let isCurlyQuote = scalar == 0x201C || scalar == 0x201D
    return isCurlyQuote && normalization == .training ? 0x22 : scalar
  }

  private func append(expansionAt start: Int, to word: inout WordBuffer) {
    let count = Int(tables.expansions[start])
    for index in start + 1...start + count {
      word.append(tables.expansions[index])
    }
  }
}
