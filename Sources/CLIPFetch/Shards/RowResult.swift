import Files

/// What became of a row, as its line of the side file says it.
struct RowResult: Equatable, Sendable {
  /// `success`, or `failed_to_download` or `failed_to_resize` in img2dataset's words.
  var status: String
  /// Why it failed.
  var message: String?
  /// The ending of the picture's file.
  var ending: String?
  var width: Int?
  var height: Int?
  var originalWidth: Int?
  var originalHeight: Int?
  /// Of the bytes that came, before anything was done to them.
  var sha256: String?

  var isSuccess: Bool { status == "success" }

  init(_ picture: PictureRecipe.Prepared, sha256: String) {
    status = "success"
    ending = picture.ending
    width = picture.width
    height = picture.height
    originalWidth = picture.originalWidth
    originalHeight = picture.originalHeight
    self.sha256 = sha256
  }

  init(_ cause: FetchCause) {
    status = cause.isAboutThePicture ? "failed_to_resize" : "failed_to_download"
    message = cause.message
  }

  /// Under which words the row is counted.
  var words: String {
    guard let message else { return status }
    return message.hasPrefix("bad row") ? "bad row" : message
  }

  /// The fields as JSON, without braces.
  var fields: String {
    func text(_ value: String?) -> String { value.map { PythonJSON.string($0) } ?? "null" }
    func number(_ value: Int?) -> String { value.map { String($0) } ?? "null" }
    return """
      "status": \(text(status)), "error_message": \(text(message)), "width": \(number(width)), \
      "height": \(number(height)), "original_width": \(number(originalWidth)), \
      "original_height": \(number(originalHeight)), "sha256": \(text(sha256)), \
      "ending": \(text(ending))
      """
  }

  /// Reads the fields among others of an object.
  init(json bytes: UnsafeRawBufferPointer) throws {
    var facts: [String: String] = [:]
    var scanner = JSONScanner(bytes)
    try scanner.object { key, scanner in
      guard Self.names.contains(key) else { return try scanner.skip() }
      facts[key] = try scanner.fact()
    }
    guard let status = facts["status"] else { throw JSONProblem(column: 1, message: "no status") }
    self.status = status
    message = facts["error_message"]
    ending = facts["ending"]
    width = facts["width"].flatMap { Int($0) }
    height = facts["height"].flatMap { Int($0) }
    originalWidth = facts["original_width"].flatMap { Int($0) }
    originalHeight = facts["original_height"].flatMap { Int($0) }
    sha256 = facts["sha256"]
  }

  private static let names: Set<String> = [
    "status", "error_message", "width", "height", "original_width", "original_height", "sha256",
    "ending",
  ]
}
