import Foundation

/// Where the picture files of Chinese-CLIP's identifiers are.
struct PathTemplate {
  private let template: String?
  /// The folder that all of them lie in.
  let folder: String?

  /// - Parameter template: A path with `{id}` in the place of the identifier; `nil` if there are no
  ///   files.
  /// - Throws: ``SearchError/invalidArgument(name:value:allowed:)``.
  init(_ template: String?) throws(SearchError) {
    self.template = template
    guard let template else {
      folder = nil
      return
    }
    guard let place = template.range(of: "{id}") else {
      throw .invalidArgument(
        name: "the template of picture paths", value: template,
        allowed: "a path with {id} in the place of the identifier")
    }
    let start = String(template[..<place.lowerBound])
    folder = Paths.absolute(start.contains("/") ? Paths.split(start).folder + "/" : ".")
  }

  /// The path that stands for a picture of which only the identifier is known.
  ///
  /// - Throws: ``SearchError/importFile(path:line:problem:)`` for an identifier that leads out of the
  ///   folder.
  func path(
    _ identifier: ImportIdentifier, in file: String, line: Int
  ) throws(SearchError) -> String {
    guard let template, let folder else { return "image_id:" + identifier.text }
    let path = Paths.absolute(template.replacingOccurrences(of: "{id}", with: identifier.text))
    guard Paths.isInside(path, folder: folder) else {
      throw .importFile(
        path: file, line: line, problem: "image_id '\(identifier.text)' leads out of \(folder)")
    }
    return path
  }
}
