import Foundation

/// What makes two captions one for training and for statistics: letter case, the shape of quotes, and blanks
/// at both ends do not count.
package enum CaptionKey {
  /// The text with those differences removed (the original's own normalisation before the tokenizer).
  package static func normalized(_ text: String) -> String {
    text.lowercased().replacing("\u{201C}", with: "\"").replacing("\u{201D}", with: "\"")
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// A number that equal captions share on every worker.
  package static func key(of text: String) -> UInt64 { StableHash.hash(normalized(text)) }
}
