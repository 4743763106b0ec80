import Files
import Foundation

/// Traditional characters to simplified ones, as OpenCC's `t2s`: of the phrases and characters that begin
/// at a place the longest is taken.
package struct SimplifiedTable: Sendable {
  /// Where phrases and characters lead, by their first character, the longest first.
  private let entries: [Unicode.Scalar: [Entry]]
  /// Characters that only traditional texts have.
  private let traditional: Set<Unicode.Scalar>
  /// Characters that only simplified texts have.
  private let simplified: Set<Unicode.Scalar>

  private struct Entry: Sendable {
    let from: [Unicode.Scalar]
    let to: String.UnicodeScalarView
  }

  /// The table that comes with the package.
  ///
  /// - Throws: ``CleaningError`` if it is not there.
  package static func bundled() throws -> SimplifiedTable {
    try CleaningError.wrapping {
      let url = try ResourceFolder.url(of: "CLIPCleaning").appending(path: "simplified.tsv")
      return SimplifiedTable(lines: try TextFile(url).lines())
    }
  }

  init(lines: [String]) {
    var entries: [Unicode.Scalar: [Entry]] = [:]
    var traditional = Set<Unicode.Scalar>()
    var simplified = Set<Unicode.Scalar>()
    for line in lines where !line.hasPrefix("#") {
      let columns = line.split(separator: "\t")
      guard columns.count == 2, let first = columns[0].unicodeScalars.first else { continue }
      switch columns[0] {
      case "-": traditional = Set(columns[1].unicodeScalars)
      case "+": simplified = Set(columns[1].unicodeScalars)
      default:
        let from = Array(columns[0].unicodeScalars)
        entries[first, default: []].append(
          Entry(from: from, to: String(columns[1]).unicodeScalars))
      }
    }
    self.entries = entries.mapValues { $0.sorted { $0.from.count > $1.from.count } }
    self.traditional = traditional
    self.simplified = simplified
  }

  /// A text with its traditional characters replaced.
  package func simplified(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    guard scalars.contains(where: { entries[$0] != nil }) else { return text }
    var result = String.UnicodeScalarView()
    var place = 0
    while place < scalars.count {
      let entry = entries[scalars[place]]?.first { scalars[place...].starts(with: $0.from) }
      if let entry {
        result.append(contentsOf: entry.to)
        place += entry.from.count
      } else {
        result.append(scalars[place])
        place += 1
      }
    }
    return String(result)
  }

  /// How many characters of a text only traditional texts have, and how many only simplified ones.
  ///
  /// Characters that both have, as 后 and 里, say nothing and count for neither.
  package func scripts(of text: String) -> (traditional: Int, simplified: Int) {
    text.unicodeScalars.reduce(into: (0, 0)) { counts, scalar in
      if traditional.contains(scalar) { counts.0 += 1 }
      if simplified.contains(scalar) { counts.1 += 1 }
    }
  }
}
