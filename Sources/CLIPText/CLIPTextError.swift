public import Foundation

/// What can go wrong while a tokenizer is made; tokenizing itself never fails.
public enum CLIPTextError: Error, Hashable {
  /// A context length that the text towers cannot take.
  case contextLengthOutOfRange(Int)
  /// A context length that a tokenizer of another family than BERT's cannot cut to.
  case contextLengthUnusable(Int, limits: ClosedRange<Int>)
  /// A vocabulary file that cannot be opened or read; the reason is the system's.
  case vocabularyUnreadable(file: String, reason: String)
  /// A vocabulary without a single line.
  case vocabularyEmpty(file: String)
  /// A vocabulary of more bytes than any real one has.
  case vocabularyTooLarge(file: String, limit: Int)
  /// A line that is not UTF-8, and what to do about it; lines count from 1.
  case vocabularyNotUTF8(file: String, line: Int, advice: String)
  /// A `tokenizer.json` of a kind that is not read.
  case tokenizerUnsupported(file: String, problem: String)
  /// A vocabulary that lacks a piece that every text needs.
  case vocabularyLacks(piece: String, file: String)
}

extension CLIPTextError: CustomStringConvertible, LocalizedError {
  /// The sentence, for `localizedDescription`.
  public var errorDescription: String? { description }

  /// One sentence that names the input, what was expected, what was found and what to do.
  public var description: String {
    switch self {
    case .contextLengthOutOfRange(let length):
      "The context length is \(length), but it must be from "
        + "\(BERTTokenizer.contextLengths.lowerBound) to "
        + "\(BERTTokenizer.contextLengths.upperBound) tokens, [CLS] and [SEP] included."
    case .contextLengthUnusable(let length, let limits):
      "The context length is \(length), but it must be from \(limits.lowerBound) to "
        + "\(limits.upperBound) tokens, those that mark a text's beginning and end included."
    case .vocabularyUnreadable(let file, let reason):
      "The vocabulary \(file) cannot be read: \(reason)."
    case .vocabularyEmpty(let file):
      "The vocabulary \(file) is empty; expected a text file with one piece a line."
    case .vocabularyTooLarge(let file, let limit):
      "The vocabulary \(file) has more than \(limit) bytes; expected a text file with one piece a"
        + " line. Is it another kind of file?"
    case .vocabularyNotUTF8(let file, let line, let advice):
      "Line \(line) of the vocabulary \(file) is not UTF-8; \(advice)"
        + (advice.hasSuffix("?") ? "" : ".")
    case .tokenizerUnsupported(let file, let problem):
      "The tokenizer \(file) cannot be used: \(problem)."
    case .vocabularyLacks(let piece, let file):
      "The vocabulary \(file) has no line \(piece); a BERT vocabulary has [PAD], [UNK], [CLS] and"
        + " [SEP], each on a line of its own."
    }
  }
}
