import Files

/// Reads comma-separated values as RFC 4180 describes them, with any one-byte delimiter.
enum CSVReader {
  /// One record: its fields, and the line it starts in, counted from 1.
  struct Record: Equatable {
    let line: Int
    let fields: [String]
  }

  /// Reads all records; blank lines are left out, a byte-order mark is dropped.
  ///
  /// - Throws: ``DataError/badLine(path:line:problem:)`` for a quote that is never closed, text behind a
  ///   closing quote, or bytes that are not UTF-8.
  static func records(of file: MappedFile, delimiter: UInt8) throws(DataError) -> [Record] {
    let bytes = file.bytes
    var position = bytes.prefix(3).elementsEqual([0xEF, 0xBB, 0xBF]) ? 3 : 0
    var records: [Record] = []
    var line = 1
    while position < bytes.count {
      var fields: [String] = []
      let start = line
      repeat {
        var field: [UInt8] = []
        if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
          position += 1
          while true {
            guard position < bytes.count else {
              throw DataError.badLine(
                path: file.path, line: start, problem: "a quotation mark is never closed")
            }
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") {
              guard position < bytes.count, bytes[position] == byte else { break }
              position += 1
            } else if byte == 0x0A {
              line += 1
            }
            field.append(byte)
          }
          if position < bytes.count, ![delimiter, 0x0A, 0x0D].contains(bytes[position]) {
            throw DataError.badLine(
              path: file.path, line: line, problem: "text follows a closing quotation mark")
          }
        } else {
          while position < bytes.count, bytes[position] != delimiter, bytes[position] != 0x0A {
            field.append(bytes[position])
            position += 1
          }
          if field.last == 0x0D, position == bytes.count || bytes[position] == 0x0A {
            field.removeLast()
          }
        }
        guard let text = String(validating: field, as: UTF8.self) else {
          throw DataError.badLine(
            path: file.path, line: line, problem: "the text is not valid UTF-8; save it as UTF-8")
        }
        fields.append(text)
      } while takeDelimiter(bytes, &position, delimiter)
      if position < bytes.count, bytes[position] == 0x0D { position += 1 }
      if position < bytes.count, bytes[position] == 0x0A { position += 1 }
      line += 1
      if fields != [""] { records.append(Record(line: start, fields: fields)) }
    }
    return records
  }

  private static func takeDelimiter(
    _ bytes: UnsafeRawBufferPointer, _ position: inout Int, _ delimiter: UInt8
  ) -> Bool {
    guard position < bytes.count, bytes[position] == delimiter else { return false }
    position += 1
    return true
  }
}
