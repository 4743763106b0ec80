package import Files

/// How the fields of a table are quoted.
public enum TableQuoting: String, Sendable, CaseIterable {
  /// By the delimiter. In a table with commas as RFC 4180 says, unless a quoted field swallows lines that
  /// look like rows. With tabs a quotation mark is special only around a whole field of one line.
  case automatic
  /// As RFC 4180 says: a field in quotation marks may hold delimiters, line ends and doubled marks.
  case csv
  /// Not at all: a quotation mark is an ordinary character.
  case none
}

/// Reads comma-separated values as RFC 4180 describes them, with any one-byte delimiter.
package struct CSVReader {
  /// One record: its fields, and the line it starts in, counted from 1.
  package struct Record: Equatable, Sendable {
    package let line: Int
    package let fields: [String]
  }

  private let file: MappedFile
  private let bytes: UnsafeRawBufferPointer
  private let delimiter: UInt8
  private let quoting: TableQuoting
  /// The byte at which the next record begins.
  package private(set) var position: Int
  /// The line in which it begins.
  package private(set) var line = 1
  private static let quote = UInt8(ascii: "\"")

  /// Reads all records; blank lines are left out, a byte-order mark is dropped.
  ///
  /// - Throws: ``DataError/badLine(path:line:problem:)`` for a quote that is never closed, text behind a
  ///   closing quote, or bytes that are not UTF-8.
  package static func records(
    of file: MappedFile, delimiter: UInt8, quoting: TableQuoting = .automatic
  ) throws(DataError) -> [Record] {
    var reader = CSVReader(file, delimiter: delimiter, quoting: quoting)
    var records: [Record] = []
    while let record = try reader.next() { records.append(record) }
    return records
  }

  /// The next record that is not a blank line; nil after the last.
  ///
  /// - Throws: as ``records(of:delimiter:quoting:)``; ``skipLine()`` goes on behind what is wrong.
  package mutating func next() throws(DataError) -> Record? {
    while position < bytes.count {
      let record = try record()
      if record.fields != [""] { return record }
    }
    return nil
  }

  /// Goes to the next line.
  package mutating func skipLine() {
    while position < bytes.count, bytes[position] != 0x0A { position += 1 }
    position = min(position + 1, bytes.count)
    line += 1
  }

  /// Reads a mapped file from its beginning.
  package init(_ file: MappedFile, delimiter: UInt8, quoting: TableQuoting) {
    self.file = file
    bytes = file.bytes
    self.delimiter = delimiter
    self.quoting = quoting
    position = file.textStart
  }

  private mutating func record() throws(DataError) -> Record {
    var fields: [String] = []
    let start = line
    while true {
      let field =
        position < bytes.count && bytes[position] == Self.quote && opensField()
        ? try quotedField() : plainField()
      guard field.withUnsafeBytes({ UTF8Check.firstInvalid(in: $0) }) == nil else {
        let advice = TextEncoding(of: bytes).advice(path: file.path)
        throw problem("the text is not UTF-8; \(advice)", line: line)
      }
      fields.append(String(decoding: field, as: UTF8.self))
      guard position < bytes.count, bytes[position] == delimiter else { break }
      position += 1
    }
    if position < bytes.count, bytes[position] == 0x0D { position += 1 }
    if position < bytes.count, bytes[position] == 0x0A { position += 1 }
    line += 1
    return Record(line: start, fields: fields)
  }

  /// Whether a quotation mark at the beginning of a field quotes it.
  private func opensField() -> Bool {
    switch quoting {
    case .csv: return true
    case .none: return false
    case .automatic:
      guard delimiter == UInt8(ascii: "\t") else { return true }
      // The next mark that is not doubled must end the field, in this line.
      var index = position + 1
      while index < bytes.count, bytes[index] != 0x0A {
        if bytes[index] == Self.quote {
          guard index + 1 < bytes.count, bytes[index + 1] == Self.quote else {
            return index + 1 == bytes.count || endsField(bytes[index + 1])
          }
          index += 1
        }
        index += 1
      }
      return false
    }
  }

  private func endsField(_ byte: UInt8) -> Bool {
    byte == delimiter || byte == 0x0A || byte == 0x0D
  }

  private mutating func plainField() -> [UInt8] {
    let start = position
    while position < bytes.count, bytes[position] != delimiter, bytes[position] != 0x0A {
      position += 1
    }
    let field = Array(bytes[start..<position])
    let endsLine = position == bytes.count || bytes[position] == 0x0A
    return endsLine && field.last == 0x0D ? field.dropLast() : field
  }

  private mutating func quotedField() throws(DataError) -> [UInt8] {
    var field: [UInt8] = []
    var delimiters = 0
    var swallowsRows = false
    let start = line
    position += 1
    while true {
      guard position < bytes.count else {
        throw quotation("a quotation mark is never closed", line: start)
      }
      let byte = bytes[position]
      position += 1
      switch byte {
      case Self.quote:
        guard position < bytes.count, bytes[position] == Self.quote else {
          return try closed(field, from: start, swallowsRows: swallowsRows || delimiters > 0)
        }
        position += 1
      case 0x0A:
        swallowsRows = swallowsRows || line > start && delimiters > 0
        delimiters = 0
        line += 1
      case delimiter where line > start: delimiters += 1
      default: break
      }
      field.append(byte)
    }
  }

  /// A field whose closing mark was passed, if all is well.
  private func closed(
    _ field: [UInt8], from start: Int, swallowsRows: Bool
  ) throws(DataError) -> [UInt8] {
    if position < bytes.count, !endsField(bytes[position]) {
      throw quotation("text follows a closing quotation mark", line: line)
    }
    if quoting == .automatic, swallowsRows {
      throw quotation(
        "a quotation mark opens a field that goes on to line \(line), over lines that look like rows",
        line: start)
    }
    return field
  }

  private func quotation(_ sentence: String, line: Int) -> DataError {
    .quotation(path: file.path, line: line, problem: sentence)
  }

  private func problem(_ sentence: String, line: Int) -> DataError {
    .badLine(path: file.path, line: line, problem: sentence)
  }
}
