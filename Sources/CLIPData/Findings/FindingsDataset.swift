import Files
public import Foundation

/// The pictures of a table with the sentences of their reports, and what is known of both.
///
/// Pictures are numbered from 0 in the table's order: neither the data set nor what is trained on it
/// knows a path.
public struct FindingsDataset: PairDataset {
  /// The table.
  public let source: String
  /// The names of the labels.
  public let labels: [String]
  /// What was left out.
  public let problems: [DataError]
  /// What is known of each picture.
  public let imageStates: [[FindingState?]]
  /// What each sentence says.
  public let textStates: [[FindingState?]]
  /// Number of pairs.
  public var pairCount: Int { pairs.count }

  private let files: [URL]
  private let texts: [Caption]
  private let pairs: [(caption: Int, image: Int64)]

  /// How reports become captions.
  public struct Reading: Sendable {
    /// Reads what sentences say, and of tables without labels what reports say.
    public var labeller: ReportLabeller
    /// The part of a report that is read.
    public var section = ReportSection.both
    /// Sentences with fewer words are left out; a Chinese character counts as a word.
    public var minimumWords = 5

    /// Reads by a table.
    public init(_ labeller: ReportLabeller) { self.labeller = labeller }
  }

  /// Reads the reports of a table.
  ///
  /// - Parameters:
  ///   - table: the pictures.
  ///   - reading: how reports are read.
  /// - Throws: ``DataError/invalidSetting(_:)`` for labels that the table of labels does not have.
  public init(_ table: FindingsTable, reading: Reading) throws {
    let known = reading.labeller.table.labels
    labels = table.labels.isEmpty ? known : table.labels
    let places = try labels.map { label in
      guard let place = known.firstIndex(of: label) else {
        throw DataError.invalidSetting(
          "The table of labels has no '\(label)'; it has \(known.joined(separator: ", ")).")
      }
      return place
    }
    func states(_ text: String) -> [FindingState?] {
      let all = reading.labeller(text)
      return places.map { all[$0] }
    }
    var captions: [String: Int] = [:]
    var (sentences, images): ([String], [[Int64]]) = ([], [])
    var imageStates: [[FindingState?]] = []
    for (number, row) in table.rows.enumerated() {
      let report = row.report.isEmpty ? "" : reading.section.part(of: row.report) ?? ""
      imageStates.append(table.labels.isEmpty ? states(report) : row.states)
      for sentence in ReportText.sentences(of: report)
      where ReportText.wordCount(of: sentence) >= reading.minimumWords {
        let place = captions[sentence] ?? sentences.count
        if place == sentences.count {
          captions[sentence] = place
          sentences.append(sentence)
          images.append([])
        }
        if images[place].last != Int64(number) { images[place].append(Int64(number)) }
      }
    }
    source = table.source
    problems = table.problems
    files = table.rows.map(\.file)
    self.imageStates = imageStates
    textStates = sentences.map(states)
    texts = sentences.indices.map {
      Caption(textID: Int64($0), text: sentences[$0], imageIDs: images[$0])
    }
    pairs = texts.indices.flatMap { caption in
      images[caption].map { (caption: caption, image: $0) }
    }
  }

  /// One pair; see ``PairDataset/pair(at:)``.
  public func pair(at index: Int) throws -> CaptionPair {
    guard pairs.indices.contains(index) else {
      throw DataError.invalidSetting(
        "Pair \(index) was asked of \(source), which has \(pairCount).")
    }
    let caption = texts[pairs[index].caption]
    return CaptionPair(
      imageID: pairs[index].image, textID: caption.textID, text: caption.text)
  }

  /// The bytes of a picture; messages name its number, never its file.
  public func imageData(for imageID: Int64) throws -> Data {
    guard let index = Int(exactly: imageID), files.indices.contains(index) else {
      throw DataError.unknownImage(id: imageID, source: source)
    }
    do throws(FileError) { return try MappedFile(files[index]).contents() } catch {
      guard case .unreadable(_, let reason) = error else { throw DataError(error) }
      throw DataError.brokenImage(id: imageID, source: source, reason: reason)
    }
  }

  /// Numbers of all pictures.
  public func imageIDs() -> [Int64] { files.indices.map { Int64($0) } }

  /// All sentences, in the order in which they first occur.
  public func captions() -> [Caption] { texts }

  /// Writes what is known of pictures and sentences, as ``LabelledSamples`` reads it; the first line
  /// names the labels.
  ///
  /// - Parameters:
  ///   - file: where to.
  ///   - policy: what becomes of what was left open.
  ///   - overwrite: whether a file that is there may be replaced.
  /// - Throws: ``DataError``.
  public func writeLabels(
    to file: URL, uncertainty policy: UncertaintyPolicy, overwrite: Bool = false
  ) throws {
    guard overwrite || !FileManager.default.fileExists(atPath: file.path) else {
      throw DataError.alreadyExists(path: file.path)
    }
    func numbers(_ states: [FindingState?]) -> String {
      states.map { "\(Int(policy.number($0)))" }.joined(separator: ", ")
    }
    try DataError.wrapping {
      let writer = try AtomicFile(file, makesFolder: true)
      let names = labels.map { PythonJSON.string($0) }.joined(separator: ", ")
      try writer.writeLine("{\"names\": [\(names)]}")
      for (id, states) in imageStates.enumerated() {
        try writer.writeLine("{\"image_id\": \(id), \"labels\": [\(numbers(states))]}")
      }
      for (id, states) in textStates.enumerated() {
        try writer.writeLine("{\"text_id\": \(id), \"labels\": [\(numbers(states))]}")
      }
      try writer.commit()
    }
  }
}
