import Files

/// Which columns of a table hold the picture's path and the caption.
public struct TableColumns: Sendable, Equatable {
  /// Name of the column with the path, or its number counted from 1; a usual name if nil.
  public var image: String?
  /// Name of the column with the caption, or its number counted from 1; a usual name if nil.
  public var caption: String?
  /// The character between fields; a tab for `.tsv` files and a comma otherwise if nil.
  public var delimiter: Character?
  /// How fields are quoted.
  public var quoting: TableQuoting

  /// Makes a choice; nil means the usual.
  public init(
    image: String? = nil, caption: String? = nil, delimiter: Character? = nil,
    quoting: TableQuoting = .automatic
  ) {
    self.image = image
    self.caption = caption
    self.delimiter = delimiter
    self.quoting = quoting
  }

  private static let imageNames = [
    "image", "path", "file", "filename", "file_name", "image_path", "filepath", "图片", "路径",
  ]
  private static let captionNames = [
    "caption", "text", "title", "description", "label", "文本", "标题", "描述",
  ]

  /// Whether a table's header names a column of picture files.
  package static func namesPictures(_ header: [String]) -> Bool {
    header.contains { imageNames.contains($0.lowercased()) }
  }

  struct Row: Equatable {
    let line: Int
    let image: String
    let caption: String
  }

  /// The rows below the header; all rows when both columns are chosen by number and the first row's path is
  /// no header.
  func rows(of file: MappedFile) throws(DataError) -> [Row] {
    let usual: Character = file.path.lowercased().hasSuffix(".tsv") ? "\t" : ","
    guard let delimiter = (delimiter ?? usual).asciiValue else {
      throw DataError.invalidSetting("The delimiter of a table must be one ASCII character.")
    }
    let records = try CSVReader.records(of: file, delimiter: delimiter, quoting: quoting)
    guard let header = records.first else {
      throw DataError.unreadable(path: file.path, reason: "the table is empty")
    }
    let imageColumn = try Self.column(image, Self.imageNames, "path", header, file.path)
    let captionColumn = try Self.column(caption, Self.captionNames, "caption", header, file.path)
    let isHeaderless = image.flatMap { Int($0) } != nil && caption.flatMap { Int($0) } != nil
    var rows: [Row] = []
    for record in records.dropFirst(isHeaderless ? 0 : 1) {
      guard record.fields.indices.contains(imageColumn),
        record.fields.indices.contains(captionColumn)
      else {
        throw DataError.badLine(
          path: file.path, line: record.line,
          problem: "expected \(header.fields.count) fields, found \(record.fields.count)")
      }
      rows.append(
        Row(
          line: record.line, image: record.fields[imageColumn],
          caption: record.fields[captionColumn]))
    }
    return rows
  }

  private static func column(
    _ choice: String?, _ names: [String], _ role: String, _ header: CSVReader.Record, _ path: String
  ) throws(DataError) -> Int {
    if let choice {
      if let index = header.fields.firstIndex(of: choice) { return index }
      if let number = Int(choice), header.fields.indices.contains(number - 1) { return number - 1 }
    } else if let index = header.fields.firstIndex(where: {
      names.contains($0.lowercased().trimmingPrefix(while: \.isWhitespace).description)
    }) {
      return index
    }
    let wanted = choice.map { "no column \"\($0)\"" } ?? "no column that looks like a \(role)"
    throw DataError.badLine(
      path: path, line: header.line,
      problem: "there is \(wanted) among: \(header.fields.prefix(20).joined(separator: ", "))")
  }
}
