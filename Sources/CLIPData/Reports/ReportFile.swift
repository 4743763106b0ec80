import Files
public import Foundation

/// Reports as they lie in files.
public struct ReportFile: Sendable {
  /// A report.
  public struct Report: Sendable, Equatable {
    /// The file's name, the row's id, or the row's number from 1.
    public var id: String
    /// As written.
    public var text: String

    /// Names the two.
    public init(id: String, text: String) {
      self.id = id
      self.text = text
    }
  }

  /// Where a table or JSON lines have the reports.
  public struct Columns: Sendable, Equatable {
    /// The columns of the text, by name or number from 1; several are joined, and none means a usual name.
    public var text: [String]
    /// What a report is called; its number if nil.
    public var id: String?
    /// Whether a table begins with names.
    public var hasHeader: Bool

    /// Makes a choice.
    public init(text: [String] = [], id: String? = nil, hasHeader: Bool = true) {
      self.text = text
      self.id = id
      self.hasHeader = hasHeader
    }
  }

  /// The reports in the order of the source.
  public let reports: [Report]
  /// Rows and files that could not be read, by number; never by name, since names of files of
  /// hospitals are names of patients.
  public let problems: [String]

  private static let names = ["report", "reports", "text", "报告", "报告内容", "文本"]
  private static let halves = [["findings", "impression"], ["影像所见", "诊断意见"], ["检查所见", "诊断意见"]]
  /// Bytes of the largest report.
  static let maximumReport = 1 << 20

  /// Reads reports.
  ///
  /// - Parameters:
  ///   - source: a folder of text files, walked in sorted order; one text file; a table (`.csv`,
  ///     `.tsv`); or JSON lines (`.jsonl`).
  ///   - columns: where a table has what.
  /// - Throws: ``DataError`` for what cannot be read at all.
  public init(_ source: URL, columns: Columns = Columns()) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: source.path, isDirectory: &isFolder) else {
      throw DataError.unreadable(path: source.path, reason: "there is no such file or folder")
    }
    let ending = source.pathExtension.lowercased()
    switch (isFolder.boolValue, ending) {
    case (true, _): (reports, problems) = try Self.folder(source)
    case (false, "csv"), (false, "tsv"): (reports, problems) = try Self.table(source, columns)
    case (false, "jsonl"): (reports, problems) = try Self.lines(source, columns)
    default:
      let text = try DataError.wrapping { try Self.text(of: source) }
      reports = [Report(id: source.deletingPathExtension().lastPathComponent, text: text)]
      problems = []
    }
    guard !reports.isEmpty || !problems.isEmpty else {
      throw DataError.unreadable(path: source.path, reason: "it holds no reports")
    }
  }

  private static func text(of file: URL) throws -> String {
    let content = try TextFile(file, maximumSize: maximumReport)
    return String(decoding: content.bytes, as: UTF8.self)
  }

  private static func folder(_ folder: URL) throws -> ([Report], [String]) {
    guard
      let walk = FileManager.default.enumerator(
        at: folder, includingPropertiesForKeys: nil, options: .skipsHiddenFiles)
    else { throw DataError.unreadable(path: folder.path, reason: "it cannot be listed") }
    var files: [URL] = []
    for case let file as URL in walk where file.pathExtension.lowercased() == "txt" {
      files.append(file)
    }
    files.sort { $0.path < $1.path }
    let root = folder.standardizedFileURL.resolvingSymlinksInPath().path + "/"
    var (reports, problems): ([Report], [String]) = ([], [])
    for (number, file) in files.enumerated() {
      do {
        let path = file.standardizedFileURL.resolvingSymlinksInPath().deletingPathExtension().path
        let id = path.hasPrefix(root) ? String(path.dropFirst(root.count)) : path
        reports.append(Report(id: id, text: try text(of: file)))
      } catch let error as FileError {
        problems.append("text file \(number + 1) of \(files.count): \(error.withoutPlace)")
      }
    }
    return (reports, problems)
  }

  private static func table(_ file: URL, _ columns: Columns) throws -> ([Report], [String]) {
    let mapped = try DataError.wrapping { try MappedFile.text(file) }
    let isTabbed = file.pathExtension.lowercased() == "tsv"
    let records = try CSVReader.records(
      of: mapped, delimiter: isTabbed ? 0x09 : UInt8(ascii: ","),
      quoting: isTabbed ? .automatic : .csv)
    guard let first = records.first else { return ([], []) }
    let header = columns.hasHeader ? first.fields : []
    let places = try textPlaces(columns, header, width: first.fields.count, file.path)
    let id = try columns.id.map { try place($0, header, first.fields.count, file.path) }
    var (reports, problems): ([Report], [String]) = ([], [])
    for (number, record) in records.dropFirst(columns.hasHeader ? 1 : 0).enumerated() {
      guard record.fields.count == first.fields.count else {
        problems.append(
          "line \(record.line): expected \(first.fields.count) fields, found \(record.fields.count)"
        )
        continue
      }
      let text = places.map { record.fields[$0] }.filter { !$0.isEmpty }.joined(separator: "\n")
      guard text.utf8.count <= maximumReport else {
        problems.append("line \(record.line): the report has more than \(maximumReport >> 20) MiB")
        continue
      }
      reports.append(Report(id: id.map { record.fields[$0] } ?? "\(number + 1)", text: text))
    }
    return (reports, problems)
  }

  private static func textPlaces(
    _ columns: Columns, _ header: [String], width: Int, _ path: String
  ) throws(DataError) -> [Int] {
    guard columns.text.isEmpty else {
      var places: [Int] = []
      for name in columns.text { places.append(try place(name, header, width, path)) }
      return places
    }
    if header.isEmpty || width == 1 { return [0] }
    let known = header.map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
    if let place = known.firstIndex(where: names.contains) { return [place] }
    for pair in halves {
      let places = pair.compactMap { known.firstIndex(of: $0) }
      if !places.isEmpty { return places }
    }
    throw .badLine(
      path: path, line: 1,
      problem: "no column looks like a report among: \(header.prefix(20).joined(separator: ", "))")
  }

  private static func place(
    _ name: String, _ header: [String], _ width: Int, _ path: String
  ) throws(DataError) -> Int {
    if let place = header.firstIndex(of: name) { return place }
    if let number = Int(name), (1...max(1, width)).contains(number) { return number - 1 }
    throw .badLine(
      path: path, line: 1,
      problem: header.isEmpty
        ? "there is no column \(name) among \(width), and without names columns are numbers"
        : "there is no column '\(name)' among: \(header.prefix(20).joined(separator: ", "))")
  }

  private static func lines(_ file: URL, _ columns: Columns) throws -> ([Report], [String]) {
    let mapped = try DataError.wrapping { try MappedFile.text(file) }
    var (reports, problems): ([Report], [String]) = ([], [])
    mapped.forEachLine { line in
      let bytes = mapped.bytes(in: line.range)
      guard !bytes.isEmpty else { return }
      guard bytes.count <= maximumReport,
        let entry = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
      else {
        problems.append("line \(line.number): it is no JSON object of at most 1 MiB")
        return
      }
      let wanted = columns.text.isEmpty ? names.filter { entry[$0] is String } : columns.text
      let found =
        wanted.isEmpty ? (halves.first { $0.contains { entry[$0] is String } } ?? []) : wanted
      let texts = found.compactMap { entry[$0] as? String }
      guard !texts.isEmpty else {
        problems.append(
          "line \(line.number): it has no text under "
            + (columns.text.isEmpty ? "'report' or 'text'" : columns.text.joined(separator: ", ")))
        return
      }
      var id = "\(reports.count + problems.count + 1)"
      if let key = columns.id {
        guard let value = entry[key] as? String ?? (entry[key] as? NSNumber)?.stringValue else {
          problems.append("line \(line.number): it has no '\(key)'")
          return
        }
        id = value
      }
      reports.append(Report(id: id, text: texts.joined(separator: "\n")))
    }
    return (reports, problems)
  }
}

extension FileError {
  /// What is wrong, without the file's name.
  fileprivate var withoutPlace: String {
    switch self {
    case .unreadable(_, let reason), .unwritable(_, let reason): "it cannot be read: \(reason)"
    case .alreadyExists: "it is there already"
    // Problems of encoding end with a command that names the file.
    case .badLine(_, let line, let problem):
      "line \(line): \(problem.split(separator: ";").first.map(String.init) ?? problem)"
    }
  }
}
