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

  /// Whether a table's header names a column of picture files.
  package static func namesPictures(_ header: [String]) -> Bool {
    ColumnNames.path.index(nil, in: header) != nil
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
    let imageColumn = try Self.column(image, .path, header, file.path)
    let captionColumn = try Self.column(caption, .caption, header, file.path)
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
    _ choice: String?, _ names: ColumnNames, _ header: CSVReader.Record, _ path: String
  ) throws(DataError) -> Int {
    guard let index = names.index(choice, in: header.fields) else {
      throw DataError.badLine(
        path: path, line: header.line, problem: names.missing(choice, in: header.fields))
    }
    return index
  }
}
