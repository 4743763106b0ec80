import Files
package import Foundation

/// What sentences mean in Chinese: a table that somebody made.
package struct Translations: Sendable {
  private var texts: [String: String] = [:]
  private var ids: [Int64: String] = [:]

  /// No translations.
  package init() {}

  /// Reads a table of two columns with a tab between: the sentence or the id of its annotation, and the
  /// translation.
  ///
  /// - Throws: ``CleaningError`` with the line, also for one that contradicts another.
  package init(_ url: URL) throws {
    let lines = try CleaningError.wrapping { try TextFile(url).lines() }
    for (index, line) in lines.enumerated() where !line.isEmpty {
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
      func problem(_ what: String) -> CleaningError {
        .unreadable(path: url.path, reason: "line \(index + 1): \(what)")
      }
      guard columns.count == 2 else {
        throw problem("expected two columns, a sentence or id and its translation, with a tab")
      }
      let source = Self.sentence(String(columns[0]))
      let target = Self.sentence(String(columns[1]))
      guard !source.isEmpty, !target.isEmpty else { throw problem("a column is empty") }
      let before: String?
      if let id = Int64(source) {
        before = ids.updateValue(target, forKey: id)
      } else {
        before = texts.updateValue(target, forKey: source)
      }
      if let before, before != target {
        throw problem("\"\(source)\" has another translation in an earlier line")
      }
    }
  }

  /// The translation of a sentence; what belongs to its id comes first.
  func translation(of sentence: String, id: Int64) -> String? { ids[id] ?? texts[sentence] }

  /// Whether a sentence has a translation, whatever its id.
  func has(_ sentence: String) -> Bool { texts[sentence] != nil }

  /// Whether an annotation has a translation of its own.
  func has(id: Int64) -> Bool { ids[id] != nil }

  /// Adds a translation.
  mutating func add(_ sentence: String, _ translation: String) { texts[sentence] = translation }

  private static func sentence(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
