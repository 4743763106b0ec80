/// How the columns of one role are usually called, and which of a table's columns it is.
package struct ColumnNames: Sendable {
  /// What messages call the role.
  let role: String
  /// Usual names, in lower case.
  let usual: [String]

  /// Paths of pictures.
  package static let path = ColumnNames(
    role: "path",
    usual: [
      "image", "path", "file", "filename", "file_name", "image_path", "filepath", "图片", "路径",
    ])
  /// Captions.
  package static let caption = ColumnNames(
    role: "caption",
    usual: [
      "caption", "text", "title", "description", "label", "alt_text", "alt", "文本", "标题", "描述",
    ])
  /// Addresses of pictures.
  package static let address = ColumnNames(
    role: "address",
    usual: ["url", "image_url", "img_url", "link", "uri", "image_link", "图片链接", "链接"])

  /// Finds the column of a name, of a number counted from 1, or of a usual name.
  ///
  /// - Parameters:
  ///   - choice: what was asked for; nil: one of the usual names.
  ///   - header: the names of all columns.
  /// - Returns: its place; nil if there is none.
  package func index(_ choice: String?, in header: [String]) -> Int? {
    guard let choice else {
      return header.firstIndex {
        usual.contains($0.lowercased().trimmingPrefix(while: \.isWhitespace).description)
      }
    }
    if let index = header.firstIndex(of: choice) { return index }
    return Int(choice).flatMap { header.indices.contains($0 - 1) ? $0 - 1 : nil }
  }

  /// What to say where there is none.
  package func missing(_ choice: String?, in header: [String]) -> String {
    let wanted =
      choice.map { "no column \"\($0)\"" } ?? "no column that looks like \(article) \(role)"
    return "there is \(wanted) among: \(header.prefix(20).joined(separator: ", "))"
  }

  private var article: String { role == "address" ? "an" : "a" }
}
