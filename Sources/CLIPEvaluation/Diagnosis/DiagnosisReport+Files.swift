import CLIPCharts
public import Foundation

extension DiagnosisReport {
  /// One HTML file with its pictures inside; nothing is loaded from anywhere, and there is no script.
  public var html: String {
    let body = sections.map { section in
      var parts = [
        "<section><h2>\(Self.escaped(section.title))</h2>",
        "<p class=\"question\">\(Self.escaped(section.question))</p>",
        "<p class=\"verdict\">\(Self.escaped(section.verdict))</p>",
      ]
      if let chart = section.chart { parts.append("<figure>\(chart.svg)</figure>") }
      if let table = section.table {
        let heading = table.heading.map { "<th>\(Self.escaped($0))</th>" }.joined()
        let rows = table.rows.map { row in
          "<tr>\(row.map { "<td>\(Self.escaped($0))</td>" }.joined())</tr>"
        }
        parts.append("<table><tr>\(heading)</tr>\(rows.joined(separator: "\n"))</table>")
      }
      return parts.joined(separator: "\n") + "</section>"
    }
    return """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(Self.escaped(title))</title>
      <style>
      body { font: 16px/1.55 system-ui, "Noto Sans CJK SC", sans-serif; color: #223; margin: 2rem auto; \
      max-width: 52rem; padding: 0 1rem; }
      h1 { font-size: 1.7rem; } h2 { font-size: 1.2rem; margin-top: 2.4rem; }
      .question { color: #667; } .verdict { border-left: 4px solid #4a7ebb; padding-left: .8rem; }
      figure { margin: 1rem 0; } svg { max-width: 100%; height: auto; border: 1px solid #eef; }
      table { border-collapse: collapse; font-size: .92rem; } td, th { padding: .25rem .7rem; \
      border-bottom: 1px solid #e6e8f0; text-align: left; overflow-wrap: anywhere; }
      </style></head><body>
      <h1>\(Self.escaped(title))</h1>
      <p>\(Self.escaped(summary))</p>
      \(body.joined(separator: "\n"))
      </body></html>

      """
  }

  /// The report as Markdown; its pictures are the files that ``write(to:)`` puts beside it.
  public var markdown: String {
    var lines = ["# \(Self.plain(title))", "", Self.plain(summary)]
    for section in sections {
      lines += [
        "", "## \(Self.plain(section.title))", "", "*\(Self.plain(section.question))*", "",
        Self.plain(section.verdict),
      ]
      if let chart = section.chart { lines += ["", "![\(section.title)](\(chart.name).svg)"] }
      if let table = section.table {
        lines += ["", "| " + table.heading.joined(separator: " | ") + " |"]
        lines.append("|" + table.heading.map { _ in "---|" }.joined())
        lines += table.rows.map { "| " + $0.map(Self.cell).joined(separator: " | ") + " |" }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Writes `diagnosis.html`, `diagnosis.md` with its pictures, and `diagnosis.json`.
  ///
  /// - Parameter folder: where to; it is made if needed.
  /// - Throws: what the file system says.
  public func write(to folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    func put(_ data: Data, _ name: String) throws {
      try data.write(to: folder.appending(path: name), options: .atomic)
    }
    for section in sections {
      if let chart = section.chart { try put(Data(chart.svg.utf8), "\(chart.name).svg") }
    }
    try put(Data(markdown.utf8), "diagnosis.md")
    try put(diagnosis.json(), "diagnosis.json")
    try put(Data(html.utf8), "diagnosis.html")
  }

  private static func escaped(_ text: String) -> String { SVGDrawing.escaped(text) }

  /// Without line ends and marks that mean something in Markdown's text.
  private static func plain(_ text: String) -> String {
    text.replacing("\n", with: " ").replacing("*", with: "\\*").replacing("_", with: "\\_")
      .replacing("<", with: "&lt;")
  }

  private static func cell(_ text: String) -> String { plain(text).replacing("|", with: "\\|") }
}
