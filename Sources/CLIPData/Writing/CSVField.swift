/// Fields of comma-separated values.
package enum CSVField {
  /// A field, in quotation marks where RFC 4180 wants them.
  package static func quoted(_ field: String) -> String {
    field.unicodeScalars.contains { "\",\r\n".unicodeScalars.contains($0) }
      ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
  }
}
