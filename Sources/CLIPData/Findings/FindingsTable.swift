import Files
public import Foundation

/// A table of medical pictures: a path, what is known of it, and its report, as CheXpert and MIMIC-CXR
/// have them.
///
/// Paths name patients: nothing here says one in a message. Rows are named by their numbers, and the
/// data set that is made of a table (``FindingsDataset``) knows its pictures by number alone.
public struct FindingsTable: Sendable {
  /// Which columns hold what.
  public struct Columns: Sendable, Equatable {
    /// The picture's path; a usual name if nil.
    public var image: String?
    /// The labels; those of the table of labels that are there if empty.
    public var labels: [String]
    /// The report, or its parts; none if empty.
    public var report: [String]

    /// Makes a choice.
    public init(image: String? = nil, labels: [String] = [], report: [String] = []) {
      self.image = image
      self.labels = labels
      self.report = report
    }
  }

  /// A picture of the table.
  public struct Row: Sendable {
    /// The line where it begins, from 1.
    public let line: Int
    let file: URL
    /// A state for each of ``FindingsTable/labels``; nil: not mentioned.
    public let states: [FindingState?]
    /// As written; empty if there is none.
    public let report: String
  }

  /// The table's path.
  public let source: String
  /// The names of the columns of labels; empty: the table has none.
  public let labels: [String]
  /// The rows whose pictures are there.
  public let rows: [Row]
  /// Lines that were left out; empty under ``DamagePolicy/fail``.
  public let problems: [DataError]

  private static let imageNames = [
    "path", "image", "image_path", "file", "filename", "dicom_path", "图片", "路径", "影像",
  ]

  /// Reads a table of commas, or of tabs where its name ends in `.tsv`.
  ///
  /// - Parameters:
  ///   - url: the file.
  ///   - columns: which hold what.
  ///   - known: the labels that are looked for where `columns` names none.
  ///   - folder: what relative paths start from; the table's folder if nil.
  ///   - policy: what to do with rows that are wrong.
  /// - Throws: ``DataError`` with the line, never with a picture's path.
  public init(
    _ url: URL, columns: Columns = Columns(), known: [String], relativeTo folder: URL? = nil,
    policy: DamagePolicy = .fail
  ) throws {
    source = url.path
    let file = try DataError.wrapping { try MappedFile.text(url) }
    let isTabbed = url.pathExtension.lowercased() == "tsv"
    let records = try CSVReader.records(
      of: file, delimiter: isTabbed ? 0x09 : UInt8(ascii: ","),
      quoting: isTabbed ? .automatic : .csv)
    guard let header = records.first else {
      throw DataError.unreadable(path: url.path, reason: "the table is empty")
    }
    let names = header.fields.map { $0.trimmingCharacters(in: .whitespaces) }
    func place(_ name: String) throws -> Int {
      guard let place = names.firstIndex(of: name) else {
        throw DataError.badLine(
          path: url.path, line: header.line,
          problem: "there is no column '\(name)' among: \(names.prefix(30).joined(separator: ", "))"
        )
      }
      return place
    }
    let imagePlace = try columns.image.map(place) ?? Self.imagePlace(names, header.line, url.path)
    labels = columns.labels.isEmpty ? known.filter(names.contains) : columns.labels
    let labelPlaces = try labels.map(place)
    let reportPlaces = try columns.report.map(place)
    guard !labels.isEmpty || !reportPlaces.isEmpty else {
      throw DataError.badLine(
        path: url.path, line: header.line,
        problem:
          "no column is one of the labels \(known.prefix(3).joined(separator: ", ")), …, and no "
          + "column of reports was named")
    }
    let base = folder ?? url.deletingLastPathComponent()
    var (rows, problems): ([Row], [DataError]) = ([], [])
    for record in records.dropFirst() {
      do throws(DataError) {
        rows.append(
          try Self.row(
            record, width: names.count, imagePlace, Array(zip(labels, labelPlaces)), reportPlaces,
            base: base, path: url.path))
      } catch {
        if policy == .fail { throw error }
        problems.append(error)
      }
    }
    guard !rows.isEmpty else {
      throw problems.first ?? DataError.unreadable(path: url.path, reason: "it has no rows")
    }
    self.rows = rows
    self.problems = problems
  }

  private static func imagePlace(
    _ names: [String], _ line: Int, _ path: String
  ) throws(DataError) -> Int {
    guard let place = names.firstIndex(where: { imageNames.contains($0.lowercased()) }) else {
      throw .badLine(
        path: path, line: line,
        problem:
          "no column looks like a path among: \(names.prefix(30).joined(separator: ", "))")
    }
    return place
  }

  private static func row(
    _ record: CSVReader.Record, width: Int, _ image: Int, _ labels: [(name: String, place: Int)],
    _ reports: [Int], base: URL, path: String
  ) throws(DataError) -> Row {
    func bad(_ problem: String) -> DataError {
      .badLine(path: path, line: record.line, problem: problem)
    }
    guard record.fields.count == width else {
      throw bad("expected \(width) fields, found \(record.fields.count)")
    }
    let name = record.fields[image].trimmingCharacters(in: .whitespaces)
    guard !name.isEmpty else { throw bad("it names no picture") }
    let file = URL(fileURLWithPath: name, relativeTo: base).absoluteURL
    guard FileManager.default.isReadableFile(atPath: file.path) else {
      throw bad("the picture that it names is not there, or may not be read")
    }
    var states: [FindingState?] = []
    for (label, place) in labels {
      let field = record.fields[place].trimmingCharacters(in: .whitespaces)
      if field.isEmpty || field.lowercased() == "nan" {
        states.append(nil)
      } else if let number = Double(field), let state = FindingState(number) {
        states.append(state)
      } else {
        throw bad("'\(field.prefix(20))' under '\(label)' is none of 1, 0, -1 and nothing")
      }
    }
    let texts = reports.map { record.fields[$0] }.filter { !$0.isEmpty }
    return Row(
      line: record.line, file: file, states: states, report: texts.joined(separator: "\n"))
  }
}

extension FindingState {
  /// The state of a table's number; nil for others.
  fileprivate init?(_ number: Double) {
    guard let whole = Int(exactly: number) else { return nil }
    self.init(rawValue: whole)
  }
}
