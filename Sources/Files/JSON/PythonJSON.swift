/// JSON as Python's `json.dumps` writes it.
///
/// Between things there are `", "` and `": "`. The original's files are
/// compared byte by byte by people and scripts, so ours look the same.
package enum PythonJSON {
  /// A string in quotes.
  ///
  /// - Parameters:
  ///   - text: any text.
  ///   - ascii: true writes everything beyond ASCII as `\uXXXX`, Python's default; false writes it as is
  ///     (`ensure_ascii=False`), which is how the data sets of this field are written.
  /// - Returns: the quoted text.
  package static func string(_ text: String, ascii: Bool = false) -> String {
    var json = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": json += "\\\""
      case "\\": json += "\\\\"
      case "\n": json += "\\n"
      case "\r": json += "\\r"
      case "\t": json += "\\t"
      case "\u{8}": json += "\\b"
      case "\u{C}": json += "\\f"
      default:
        if scalar.value < 0x20 || (ascii && scalar.value > 0x7E) {
          for unit in String(scalar).utf16 {
            let digits = String(unit, radix: 16)
            json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
          }
        } else {
          json.unicodeScalars.append(scalar)
        }
      }
    }
    return json + "\""
  }

  /// A list of whole numbers.
  package static func list(_ numbers: some Sequence<Int64>) -> String {
    "[" + numbers.map { String($0) }.joined(separator: ", ") + "]"
  }
}
