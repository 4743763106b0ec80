import CLIPData
import Files
package import Foundation

/// A list of texts without pictures: lines of a `.txt` file, JSON lines with `text` or `caption`, or a table
/// with a column of captions and mostly one of addresses, as Wukong's.
package struct TextListSource: CleaningSource {
  /// How a list is written.
  package enum Form: Sendable, Equatable {
    case lines
    case json
    /// With the byte between fields.
    case table(delimiter: UInt8)
  }

  package let url: URL
  package let form: Form
  package let identity: String
  package let problems: [String] = []
  package let pictureParts = 0
  package var path: String { url.path }
  package var rowParts: Int {
    (rowCount + DatasetSource.rowsPerPart - 1) / DatasetSource.rowsPerPart
  }

  private let file: MappedFile
  /// Where the lines begin, for files of one row a line.
  private let offsets: [Int]
  private let table: Table?

  private struct Table: Sendable {
    let header: [String]
    let rows: [[String]]
    let caption: Int
    let address: Int?
  }

  /// Whether a table names files of pictures, and no addresses: then it is a data set.
  var namesPictures: Bool {
    table.map { $0.address == nil && TableColumns.namesPictures($0.header) } ?? false
  }

  var rowCount: Int { table?.rows.count ?? offsets.count }

  /// The form of a file by its ending; nil for what is no list.
  package static func form(of path: String) -> Form? {
    switch URL(filePath: path).pathExtension.lowercased() {
    case "txt": .lines
    case "jsonl", "ndjson": .json
    case "csv": .table(delimiter: UInt8(ascii: ","))
    case "tsv": .table(delimiter: 0x09)
    default: nil
    }
  }

  /// Opens a list: 8 bytes a row are kept of files of lines, a whole table of a `.csv` or `.tsv`.
  ///
  /// - Throws: `DataError`, ``CleaningError`` for a table without a column of captions.
  package init(_ url: URL, form: Form) throws {
    self.url = url
    self.form = form
    identity = Self.identity(of: [url])
    file = try DataError.wrapping { try MappedFile.text(url) }
    guard case .table(let delimiter) = form else {
      var offsets: [Int] = []
      file.forEachLine { offsets.append($0.range.lowerBound) }
      self.offsets = offsets
      table = nil
      return
    }
    offsets = []
    let records = try CSVReader.records(of: file, delimiter: delimiter)
    guard let header = records.first?.fields else {
      throw CleaningError.invalid("\(url.path) is empty.")
    }
    func column(_ names: [String]) -> Int? {
      header.firstIndex { names.contains($0.lowercased()) }
    }
    let captions = [
      "caption", "text", "alt_text", "title", "description", "label", "文本", "标题", "描述",
    ]
    guard let caption = column(captions) else {
      throw CleaningError.invalid(
        "\(url.path) has no column \"caption\" or \"text\" among: "
          + header.prefix(20).joined(separator: ", ") + ".")
    }
    for record in records.dropFirst() where record.fields.count != header.count {
      throw DataError.badLine(
        path: url.path, line: record.line,
        problem: "expected \(header.count) fields, found \(record.fields.count)")
    }
    table = Table(
      header: header, rows: records.dropFirst().map(\.fields), caption: caption,
      address: column(["url", "image_url", "address"]))
  }

  package func rowCount(ofPart part: Int) -> Int { rows(part).count }
  package func pictureCount(ofPart part: Int) -> Int { 0 }

  package func rows(ofPart part: Int) -> any RowPart { Rows(source: self, range: rows(part)) }

  private func rows(_ part: Int) -> Range<Int> {
    let start = part * DatasetSource.rowsPerPart
    return start..<min(start + DatasetSource.rowsPerPart, rowCount)
  }

  package func pictures(ofPart part: Int) throws -> any PicturePart {
    throw CleaningError.invalid("\(path) is a list of texts and has no pictures.")
  }

  private struct Rows: RowPart {
    let source: TextListSource
    let range: Range<Int>
    var count: Int { range.count }
    func row(at index: Int) throws -> CleaningRow { try source.row(at: range.lowerBound + index) }
  }

  private func row(at index: Int) throws -> CleaningRow {
    let number = index + 1
    let name = "\(url.lastPathComponent), row \(number)"
    func row(_ text: String, _ address: String?) -> CleaningRow {
      CleaningRow(
        name: name, text: text, textID: Int64(index), picture: nil, address: address)
    }
    if let table {
      let fields = table.rows[index]
      return row(
        fields[table.caption].trimmingCharacters(in: .whitespacesAndNewlines),
        table.address.map { fields[$0] })
    }
    let line = file.line(from: offsets[index])
    guard form == .json else {
      return row(try DataError.wrapping { try file.string(line) }, nil)
    }
    do {
      var fields: [String: String] = [:]
      var scanner = JSONScanner(file.bytes(in: line))
      try scanner.object { key, scanner in
        if scanner.peek() == UInt8(ascii: "\"") {
          fields[key] = try scanner.string()
        } else {
          try scanner.skip()
        }
      }
      try scanner.end()
      guard let text = fields["text"] ?? fields["caption"] else {
        throw JSONProblem(column: 1, message: "the field \"text\" or \"caption\" is missing")
      }
      return row(text, fields["url"])
    } catch {
      throw DataError.badLine(
        path: url.path, line: file.lineNumber(at: offsets[index]), problem: "\(error)")
    }
  }

  /// What stands above the rows: a table's header.
  var heading: String? {
    guard let table, case .table(let delimiter) = form else { return nil }
    return CSVLine.text(table.header, delimiter: delimiter)
  }

  /// A row as it is written, with its text changed or not.
  func line(at index: Int, text: String) throws -> String {
    switch form {
    case .lines: return text
    case .table(let delimiter):
      guard let table else { return text }
      var fields = table.rows[index]
      fields[table.caption] = text
      return CSVLine.text(fields, delimiter: delimiter)
    case .json:
      let line = file.line(from: offsets[index])
      let original = String(decoding: file.bytes(in: line), as: UTF8.self)
      guard try row(at: index).text != text,
        var object = try JSONSerialization.jsonObject(with: Data(original.utf8))
          as? [String: Any]
      else { return original }
      object[object["text"] is String ? "text" : "caption"] = text
      let data = try JSONSerialization.data(
        withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
      return String(decoding: data, as: UTF8.self)
    }
  }
}

/// A line of comma- or tab-separated values.
enum CSVLine {
  /// Fields with the delimiter, quotation marks or line ends are quoted, as RFC 4180 says.
  static func text(_ fields: [String], delimiter: UInt8) -> String {
    let separator = String(Unicode.Scalar(delimiter))
    return fields.map { field in
      let needsQuotes = field.utf8.contains {
        $0 == delimiter || $0 == UInt8(ascii: "\"") || $0 == 0x0A || $0 == 0x0D
      }
      return needsQuotes ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
    }.joined(separator: separator)
  }
}
