import CLIPSearch
import Foundation

/// Where and how hits are shown.
enum SearchOutput {
  case table
  case json(String?)
  case html(String?)
  case sheet(String)

  /// Reads `table`, `json`, `html`, or the name of a file.
  init?(_ format: String) {
    let lowered = format.lowercased()
    switch lowered {
    case "table": self = .table
    case "json": self = .json(nil)
    case "html": self = .html(nil)
    default:
      if lowered.hasSuffix(".png") {
        self = .sheet(format)
      } else if lowered.hasSuffix(".html") || lowered.hasSuffix(".htm") {
        self = .html(format)
      } else if lowered.hasSuffix(".json") {
        self = .json(format)
      } else {
        return nil
      }
    }
  }

  private struct Results: Encodable {
    let query: String
    let results: [SearchHit]
  }

  /// Writes hits.
  ///
  /// - Parameters:
  ///   - hits: Best first.
  ///   - title: What was searched for.
  ///   - library: Where the thumbnails come from.
  /// - Throws: Why nothing could be written.
  func write(_ hits: [SearchHit], title: String, library: PictureLibrary) async throws {
    switch self {
    case .table:
      let output = try ResultWriter(path: nil)
      if hits.isEmpty {
        StandardError.line("nothing found")
      } else {
        try output.line(Self.table(hits))
      }
      try output.finish()
    case .json(let path):
      let output = try ResultWriter(path: path)
      let data = try JSONEncoder.forResults.encode(Results(query: title, results: hits))
      try output.write(data + Data("\n".utf8))
      try output.finish()
    case .html(let path):
      let output = try ResultWriter(path: path)
      try output.line(await ResultPage().html(of: hits, title: title, in: library))
      try output.finish()
    case .sheet(let path):
      let output = try ResultWriter(path: path)
      try output.write(await ContactSheet().png(of: hits, in: library))
      try output.finish()
    }
  }

  private static func table(_ hits: [SearchHit]) -> String {
    var table = Table([.right, .left, .right, .right, .left])
    for (index, hit) in hits.enumerated() {
      let bar = hit.probability.map {
        String(repeating: "█", count: Int(($0 * 10).rounded()))
      }
      let notes = [
        hit.caption, hit.folded.isEmpty ? nil : "(and \(hit.folded.count) like it)",
      ].compactMap { $0 }.map { "  " + $0 }.joined()
      table.add(
        "\(index + 1)", bar ?? "",
        hit.probability.map { String(format: "%.1f%%", 100 * $0) } ?? "",
        String(format: "%.3f", hit.rerankScore ?? hit.cosine), hit.path + notes)
    }
    return table.text
  }
}
