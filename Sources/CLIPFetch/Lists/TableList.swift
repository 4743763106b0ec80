import CLIPData
import Files

/// A list as CSV or TSV, whose first line names the columns unless they are chosen by numbers.
struct TableList: ListReader {
  private let file: MappedFile
  private var reader: CSVReader
  private let places: ColumnPlaces
  private let width: Int
  /// The first line of a list without a header.
  private var first: CSVReader.Record?
  let rowsLeft: Int? = nil

  init(
    _ file: MappedFile, path: String, delimiter: UInt8, quoting: TableQuoting,
    columns: ListColumns
  ) throws {
    self.file = file
    reader = CSVReader(file, delimiter: delimiter, quoting: quoting)
    guard let header = try reader.next() else {
      throw FetchError.badList(path: path, problem: "it is empty")
    }
    places = try ColumnPlaces(columns, in: header.fields, path: path)
    width = header.fields.count
    let choices = [columns.address] + (columns.hasNoCaptions ? [] : [columns.caption])
    let isHeaderless = choices.allSatisfy { choice in
      choice.map { Int($0) != nil && !header.fields.contains($0) } ?? false
    }
    first = isHeaderless ? header : nil
  }

  var share: Double { Double(reader.position) / Double(max(1, file.count)) }

  mutating func next() throws -> ListRow? {
    let record: CSVReader.Record?
    if let first {
      record = first
      self.first = nil
    } else {
      do { record = try reader.next() } catch {
        guard case .badLine(_, let line, let problem) = error else { throw error }
        // One line of bytes that are no text costs no more than that line.
        reader.skipLine()
        return ListRow(problem: "line \(line): \(problem)")
      }
    }
    guard let record else { return nil }
    let fields = record.fields
    let needed = ([places.address, places.caption ?? 0] + places.others).max() ?? 0
    guard needed < fields.count else {
      return ListRow(
        problem: "line \(record.line): expected \(width) fields, found \(fields.count)")
    }
    return ListRow(
      address: fields[places.address], caption: places.caption.map { fields[$0] },
      columns: places.others.map { PythonJSON.string(fields[$0]) })
  }
}
