import Files
public import Foundation

/// Templates under a name: one of the package's, or a file of the user's.
public struct PromptSet: Hashable, Sendable {
  /// `general`, `food`, …, or a file's path.
  public let name: String
  /// At least one.
  public let templates: [PromptTemplate]
  /// The most bytes of a template file.
  private static let maximumBytes = 1 << 20

  /// Names templates.
  ///
  /// - Throws: ``ModelError/prompts(source:problem:)`` if there are none.
  public init(name: String, templates: [PromptTemplate]) throws(ModelError) {
    guard !templates.isEmpty else {
      throw ModelError.prompts(source: name, problem: "it holds no template")
    }
    self.name = name
    self.templates = templates
  }

  /// Reads sentences as templates.
  ///
  /// - Throws: ``ModelError/prompts(source:problem:)`` for one without `{}`.
  public init(name: String, texts: [String]) throws(ModelError) {
    var templates: [PromptTemplate] = []
    for text in texts { templates.append(try PromptTemplate(text)) }
    try self.init(name: name, templates: templates)
  }

  /// Reads a file: one template a line, `{}` for the label, lines that begin with `#` are notes;
  /// or, where the name ends in `.json`, a ``PromptGrammar``.
  ///
  /// - Parameter url: the file.
  /// - Throws: ``ModelError/prompts(source:problem:)`` with the line that is wrong.
  public init(contentsOf url: URL) throws(ModelError) {
    try self.init(name: url.path(percentEncoded: false), file: url)
  }

  private init(name: String, file: URL) throws(ModelError) {
    let path = file.path(percentEncoded: false)
    let text: TextFile
    do throws(FileError) {
      text = try TextFile(file, maximumSize: Self.maximumBytes)
    } catch {
      throw ModelError.prompts(source: path, problem: "\(error)")
    }
    if file.pathExtension.lowercased() == "json" {
      let grammar: PromptGrammar
      do {
        grammar = try JSONDecoder().decode(PromptGrammar.self, from: text.json)
      } catch {
        throw ModelError.prompts(
          source: path,
          problem:
            "it is no grammar: a JSON object with lists of texts under 'prefixes', and under "
            + "'categories' and 'suffixes' if wanted")
      }
      try self.init(name: name, templates: grammar.templates())
      return
    }
    var templates: [PromptTemplate] = []
    for (number, text) in PromptLines.numbered(text) {
      do {
        templates.append(try PromptTemplate(text))
      } catch {
        throw ModelError.prompts(source: "\(path), line \(number)", problem: "\(error)")
      }
    }
    try self.init(name: name, templates: templates)
  }

  /// The package's own sets, by name.
  ///
  /// - Throws: ``ModelError/prompts(source:problem:)`` when the resources are missing.
  public static func bundledNames() throws(ModelError) -> [String] {
    try PromptLines.resources().map { String($0.prefix { $0 != "." }) }
      .filter { !["background", "minimum-scores"].contains($0) }.sorted()
  }

  /// One of the package's own sets.
  ///
  /// `general` is for everything, others are for the families of the benchmarks' data sets. Their
  /// sentences were written for this package.
  ///
  /// - Parameter name: one of ``bundledNames()``.
  /// - Returns: the set.
  /// - Throws: ``ModelError/prompts(source:problem:)`` for another name.
  public static func bundled(_ name: String) throws(ModelError) -> PromptSet {
    let known = try bundledNames()
    guard known.contains(name) else {
      throw ModelError.prompts(
        source: "'\(name)'",
        problem: "it is neither a file of templates nor one of the sets "
          + known.joined(separator: ", "))
    }
    let file = try PromptLines.resources().first { $0.hasPrefix(name + ".") } ?? name
    return try PromptSet(name: name, file: PromptLines.resource(file))
  }

  /// What a user names: a file if there is one, otherwise one of the package's sets.
  public static func named(_ name: String) throws(ModelError) -> PromptSet {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: name, isDirectory: &isFolder)
    return exists && !isFolder.boolValue
      ? try PromptSet(contentsOf: URL(filePath: name)) : try bundled(name)
  }
}

/// The resources with prompts, and how their lines are read.
enum PromptLines {
  /// The lines that are neither empty nor notes, with their numbers from 1.
  static func numbered(_ text: TextFile) -> [(number: Int, text: String)] {
    text.lines().enumerated()
      .map { ($0.offset + 1, $0.element.trimmingCharacters(in: .whitespacesAndNewlines)) }
      .filter { !$0.1.isEmpty && !$0.1.hasPrefix("#") }
  }

  static func resource(_ name: String) throws(ModelError) -> URL {
    try folder().appending(path: name)
  }

  static func resources() throws(ModelError) -> [String] {
    let folder = try folder()
    do { return try FileManager.default.contentsOfDirectory(atPath: folder.path) } catch {
      throw .resources(reason: "Cannot read \(folder.path): \(SystemError.reason(error))")
    }
  }

  private static func folder() throws(ModelError) -> URL {
    try ModelError.resources(of: "CLIPModels").appending(path: "Prompts")
  }
}
