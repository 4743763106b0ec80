import Files
public import Foundation

extension LabelTable {
  /// The package's own table: the fourteen labels of chest films, in Chinese and English.
  ///
  /// Labels and their order are CheXpert's; the phrases were written for this package.
  ///
  /// - Throws: ``DataError`` when the resource is missing.
  public static func chest() throws -> LabelTable {
    let folder = try DataError.wrapping { try ResourceFolder.url(of: "CLIPData") }
    return try LabelTable(contentsOf: folder.appending(path: "chest-labels.json"))
  }

  /// What a user names: a file, or `chest`.
  ///
  /// - Throws: ``DataError`` with the line.
  public static func named(_ name: String) throws -> LabelTable {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: name, isDirectory: &isFolder)
    let isFile = exists && !isFolder.boolValue
    return name == "chest" && !isFile
      ? try chest() : try LabelTable(contentsOf: URL(filePath: name))
  }

  /// Reads a table.
  ///
  /// A file ending in `.json` is an object with `labels`, a list of objects with `label`, `role`,
  /// `mentions`, `absences`, `suspicions`, `exclusions`, `negations`, `uncertainty` and `scope`, and
  /// with `words`, an object of lists: `negations`, `uncertainty`, `alternatives`, `ignored`,
  /// `breaks`, `assertions`, `predicates`. Others have a row for each label and columns of these names, commas between, tabs
  /// where the name ends in `.tsv`, and `|` between the phrases of a field. Without `words` the
  /// package's own are taken.
  ///
  /// - Parameter url: the file.
  /// - Throws: ``DataError`` with the line.
  public init(contentsOf url: URL) throws {
    let path = url.path(percentEncoded: false)
    if url.pathExtension.lowercased() == "json" {
      let text = try DataError.wrapping {
        try TextFile(url, maximumSize: TextFile.maximumDocument)
      }
      try self.init(json: text)
    } else {
      try self.init(rowsOf: url, path: path)
    }
  }

  init(json text: TextFile) throws {
    let file: TableFile
    do {
      file = try JSONDecoder().decode(TableFile.self, from: text.json)
    } catch let error as DecodingError {
      throw DataError.badLine(
        path: text.path, line: Self.line(of: error, in: text), problem: Self.said(error))
    } catch {
      throw DataError.unreadable(path: text.path, reason: "it is not JSON")
    }
    entries = file.labels.map(\.entry)
    words = try file.words?.words ?? Self.chest().words
    if let problem { throw DataError.unreadable(path: text.path, reason: "the table \(problem)") }
  }

  private init(rowsOf url: URL, path: String) throws {
    let file = try DataError.wrapping { try MappedFile.text(url) }
    guard file.count <= TextFile.maximumDocument else {
      throw DataError.unreadable(
        path: path, reason: "a table has at most \(TextFile.maximumDocument >> 20) MiB")
    }
    let isTabbed = url.pathExtension.lowercased() == "tsv"
    let records = try CSVReader.records(
      of: file, delimiter: isTabbed ? 0x09 : UInt8(ascii: ","), quoting: .automatic)
    guard let header = records.first else {
      throw DataError.unreadable(path: path, reason: "it is empty")
    }
    let columns = header.fields.map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
    func bad(_ line: Int, _ problem: String) -> DataError {
      .badLine(path: path, line: line, problem: problem)
    }
    for column in columns where !Self.columns.contains(column) {
      throw bad(
        header.line,
        "there is no column '\(column)' in a table of labels; there are "
          + Self.columns.joined(separator: ", "))
    }
    guard columns.contains("label"), Set(columns).count == columns.count else {
      throw bad(header.line, "a table needs the column 'label' and each column once")
    }
    entries = []
    words = try Self.chest().words
    for record in records.dropFirst() {
      guard record.fields.count == columns.count else {
        throw bad(record.line, "expected \(columns.count) fields, found \(record.fields.count)")
      }
      var entry = Entry("")
      for (column, field) in zip(columns, record.fields) {
        let field = field.trimmingCharacters(in: .whitespaces)
        if let problem = entry.set(column, field) { throw bad(record.line, problem) }
      }
      if entries.contains(where: { $0.label == entry.label }) {
        throw bad(record.line, "'\(entry.label)' is there already")
      }
      entries.append(entry)
      if let problem = entry.problem { throw bad(record.line, problem) }
    }
    if let problem { throw DataError.unreadable(path: path, reason: "the table \(problem)") }
  }

  static let columns = [
    "label", "role", "mentions", "absences", "suspicions", "exclusions", "negations", "uncertainty",
    "scope",
  ]

  // MARK: JSON

  private static func said(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, let context): "\(place(context)) has no '\(key.stringValue)'"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "\(place(context)) is not what a table has there"
    case .dataCorrupted(let context):
      context.codingPath.isEmpty
        ? "it is not JSON" : "\(place(context)): \(context.debugDescription)"
    @unknown default: "it is no table of labels"
    }
  }

  private static func place(_ context: DecodingError.Context) -> String {
    let path = context.codingPath.map { $0.intValue.map { "\($0 + 1)" } ?? $0.stringValue }
    return path.isEmpty ? "the table" : "'\(path.joined(separator: "."))'"
  }

  /// The line of the label in whose object the error lies; the first where none is known.
  private static func line(of error: DecodingError, in text: TextFile) -> Int {
    let context: DecodingError.Context? =
      switch error {
      case .keyNotFound(_, let context), .typeMismatch(_, let context),
        .valueNotFound(_, let context), .dataCorrupted(let context):
        context
      @unknown default: nil
      }
    guard let place = context?.codingPath.first(where: { $0.intValue != nil })?.intValue else {
      return 1
    }
    var seen = -1
    for (number, line) in text.lines().enumerated() where line.contains("\"label\"") {
      seen += 1
      if seen == place { return number + 1 }
    }
    return 1
  }
}

extension LabelTable.Entry {
  /// Fills in a column of a row; says what is wrong with it.
  fileprivate mutating func set(_ column: String, _ field: String) -> String? {
    let phrases = field.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }.map(Self.ellipsis)
    switch column {
    case "label":
      guard !field.isEmpty else { return "the row has no label" }
      label = field
    case "role":
      guard field.isEmpty || LabelTable.Role(rawValue: field) != nil else {
        return Self.unknown("role", field, LabelTable.Role.allCases.map(\.rawValue))
      }
      role = LabelTable.Role(rawValue: field) ?? .finding
    case "scope":
      guard field.isEmpty || LabelTable.Scope(rawValue: field) != nil else {
        return Self.unknown("scope", field, LabelTable.Scope.allCases.map(\.rawValue))
      }
      scope = LabelTable.Scope(rawValue: field) ?? .clause
    case "mentions": mentions = phrases
    case "absences": absences = phrases
    case "suspicions": suspicions = phrases
    case "exclusions": exclusions = phrases
    case "negations": negations = phrases
    default: uncertainty = phrases
    }
    return nil
  }

  private static func unknown(_ column: String, _ field: String, _ known: [String]) -> String {
    "the \(column) '\(field)' is none of \(known.joined(separator: ", "))"
  }

  /// Three dots mean the same as the one sign.
  static func ellipsis(_ phrase: String) -> String { phrase.replacing("...", with: "…") }
}

/// Any key of an object.
private struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension Decoder {
  /// Refuses an object with a key that none reads: a typing error would change labels in silence.
  fileprivate func refuseKeys(besides known: [String]) throws {
    let container = try container(keyedBy: AnyKey.self)
    for key in container.allKeys where !known.contains(key.stringValue) {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: container,
        debugDescription: "there is no such key; there are \(known.joined(separator: ", "))")
    }
  }
}

/// A table as JSON has it.
private struct TableFile: Decodable {
  struct Label: Decodable {
    let label: String
    let role: LabelTable.Role?
    let mentions, absences, suspicions, exclusions, negations, uncertainty: [String]?
    let scope: LabelTable.Scope?

    init(from decoder: any Decoder) throws {
      try decoder.refuseKeys(besides: LabelTable.columns)
      let container = try decoder.container(keyedBy: CodingKeys.self)
      func phrases(_ key: CodingKeys) throws -> [String]? {
        try container.decodeIfPresent([String].self, forKey: key)
      }
      label = try container.decode(String.self, forKey: .label)
      role = try container.decodeIfPresent(LabelTable.Role.self, forKey: .role)
      mentions = try phrases(.mentions)
      absences = try phrases(.absences)
      suspicions = try phrases(.suspicions)
      exclusions = try phrases(.exclusions)
      negations = try phrases(.negations)
      uncertainty = try phrases(.uncertainty)
      scope = try container.decodeIfPresent(LabelTable.Scope.self, forKey: .scope)
    }

    private enum CodingKeys: String, CodingKey {
      case label, role, mentions, absences, suspicions, exclusions, negations, uncertainty, scope
    }

    var entry: LabelTable.Entry {
      var entry = LabelTable.Entry(label)
      func phrases(_ list: [String]?) -> [String] {
        (list ?? []).map(LabelTable.Entry.ellipsis)
      }
      entry.role = role ?? .finding
      entry.mentions = phrases(mentions)
      entry.absences = phrases(absences)
      entry.suspicions = phrases(suspicions)
      entry.exclusions = phrases(exclusions)
      entry.negations = phrases(negations)
      entry.uncertainty = phrases(uncertainty)
      entry.scope = scope ?? .clause
      return entry
    }
  }

  struct Words: Decodable {
    let lists: [String: [String]]

    init(from decoder: any Decoder) throws {
      try decoder.refuseKeys(besides: [
        "negations", "uncertainty", "alternatives", "ignored", "breaks", "assertions", "predicates",
      ])
      lists = try decoder.singleValueContainer().decode([String: [String]].self)
    }

    var words: LabelTable.Words {
      var words = LabelTable.Words()
      func phrases(_ name: String) -> [String] {
        (lists[name] ?? []).map(LabelTable.Entry.ellipsis)
      }
      words.negations = phrases("negations")
      words.uncertainty = phrases("uncertainty")
      words.alternatives = phrases("alternatives")
      words.ignored = phrases("ignored")
      words.breaks = phrases("breaks")
      words.assertions = phrases("assertions")
      words.predicates = phrases("predicates")
      return words
    }
  }

  let labels: [Label]
  let words: Words?
}
