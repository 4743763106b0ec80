import CLIPData
import Foundation

/// Numbers of a text that steps look at.
package enum TextMeasures {
  /// Words: each Han, kana or hangul character is one, each run of other letters and digits too.
  package static func wordCount(of text: String) -> Int {
    var words = 0
    var isInside = false
    for scalar in text.unicodeScalars {
      if isSyllable(scalar) {
        words += 1
        isInside = false
      } else if scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
        if !isInside { words += 1 }
        isInside = true
      } else if scalar != "'" && scalar != "’" {
        isInside = false
      }
    }
    return words
  }

  private static func isSyllable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x3041...0x30FF, 0xAC00...0xD7A3: true
    default: scalar.properties.isIdeographic
    }
  }

  /// Bits that a character carries on the average, by the frequencies of the text's own characters: 0 for
  /// one character repeated, log₂ n for n different ones.
  package static func entropy(of text: String) -> Double {
    var counts: [Unicode.Scalar: Int] = [:]
    for scalar in text.unicodeScalars { counts[scalar, default: 0] += 1 }
    let total = Double(counts.values.reduce(0, +))
    // A sum in another order would differ in its last bits from run to run.
    return counts.values.sorted().reduce(0) {
      let share = Double($1) / total
      return $0 - share * log2(share)
    }
  }

  /// The first emoji of a text.
  ///
  /// Digits, # and * count only with the sign that makes them keys; signs of plain texts, as ©, only
  /// where a variation selector asks for their coloured form.
  package static func emoji(in text: String) -> Character? {
    text.first { character in
      let scalars = character.unicodeScalars
      guard let first = scalars.first else { return false }
      if first.properties.isEmojiPresentation { return true }
      return first.properties.isEmoji && scalars.contains { $0 == "\u{FE0F}" || $0 == "\u{20E3}" }
    }
  }

  /// What makes two texts equal beyond letters' case and quotes: width, blanks and punctuation too.
  package static func looseKey(of text: String) -> UInt64 {
    let folded = text.precomposedStringWithCompatibilityMapping.lowercased()
    var kept = String.UnicodeScalarView()
    for scalar in folded.unicodeScalars
    where scalar.properties.isAlphabetic || scalar.properties.numericType != nil
      || scalar.properties.isIdeographic || scalar.properties.isEmojiPresentation
    {
      kept.append(scalar)
    }
    // A text of signs alone is no empty text.
    return kept.isEmpty ? CaptionKey.key(of: text) : StableHash.hash(String(kept))
  }
}
