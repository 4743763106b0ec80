import CLIPData
import Files

/// A list of JSON objects, one a line.
struct JSONList: ListReader {
  private let file: MappedFile
  private let path: String
  private let columns: ListColumns
  private var lines: FileLines
  private var read = 0
  /// The columns' names, which the first line tells.
  private let names: (address: String, caption: String?, others: [String])
  let rowsLeft: Int? = nil

  init(_ file: MappedFile, path: String, columns: ListColumns) throws {
    self.file = file
    self.path = path
    self.columns = columns
    lines = FileLines(file)
    var first = FileLines(file)
    guard let line = first.next() else {
      throw FetchError.badList(path: path, problem: "it is empty")
    }
    guard file.bytes[line.range.lowerBound] != UInt8(ascii: "[") else {
      throw FetchError.badList(
        path: path,
        problem: "it is one JSON array; write one object a line, as with jq -c '.[]'")
    }
    var keys: [String] = []
    do {
      var scanner = JSONScanner(file.bytes(in: line.range))
      try scanner.object { key, scanner in
        keys.append(key)
        try scanner.skip()
      }
    } catch {
      throw FetchError.badList(path: path, problem: "line \(line.number): \(error)")
    }
    let places = try ColumnPlaces(columns, in: keys, path: path)
    names = (keys[places.address], places.caption.map { keys[$0] }, places.others.map { keys[$0] })
  }

  var share: Double { Double(read) / Double(max(1, file.count)) }

  mutating func next() throws -> ListRow? {
    guard let line = lines.next() else { return nil }
    read = line.range.upperBound
    do { return try row(line) } catch {
      return ListRow(problem: "line \(line.number): \(error)")
    }
  }

  private func row(_ line: FileLine) throws -> ListRow {
    var row = ListRow(columns: names.others.map { _ in "null" })
    var hasAddress = false
    var scanner = JSONScanner(file.bytes(in: line.range))
    try scanner.object { key, scanner in
      if let place = names.others.firstIndex(of: key) {
        // A column may be kept and be the caption too.
        var copy = scanner
        if copy.peek() == UInt8(ascii: "\"") {
          row.columns[place] = PythonJSON.string(try copy.string())
        } else {
          row.columns[place] = try copy.fact() ?? "null"
        }
      }
      switch key {
      case names.address:
        row.address = try scanner.optionalString() ?? ""
        hasAddress = true
      case names.caption: row.caption = try scanner.optionalString() ?? ""
      default: try scanner.skip()
      }
    }
    try scanner.end()
    if !hasAddress { row.problem = "line \(line.number): there is no \"\(names.address)\"" }
    if names.caption != nil, row.caption == nil { row.caption = "" }
    return row
  }
}

/// A list of addresses alone, one a line.
struct AddressList: ListReader {
  private let file: MappedFile
  private var lines: FileLines
  private var read = 0
  let rowsLeft: Int? = nil

  init(_ file: MappedFile) {
    self.file = file
    lines = FileLines(file)
  }

  var share: Double { Double(read) / Double(max(1, file.count)) }

  mutating func next() throws -> ListRow? {
    guard let line = lines.next() else { return nil }
    read = line.range.upperBound
    do { return ListRow(address: try file.string(line.range)) } catch {
      return ListRow(problem: "\(error)")
    }
  }
}
