import CLIPData
import CLIPImages
import Files
package import Foundation

/// Joins translated captions to pictures, without those of test sets.
package struct TranslatedSet {
  /// What became of the captions and pictures.
  package struct Report: Sendable, Equatable, Encodable {
    /// Captions of the annotations.
    package var captions = 0
    /// Different sentences of theirs.
    package var sentences = 0
    /// Captions that were written.
    package var written = 0
    /// Pictures that were written.
    package var pictures = 0
    /// Captions without a translation.
    package var untranslated = 0
    /// Pictures whose file is not there.
    package var missing = 0
    /// Pictures whose file is no picture.
    package var broken = 0
    /// Pictures that are in a test set by their id.
    package var excludedByID = 0
    /// Pictures that are in a test set by their content.
    package var excludedByContent = 0
  }

  private let annotations: Annotations
  private let folders: [URL]
  private let excluded: Set<Int64>
  private let against: [String]

  /// - Parameters:
  ///   - annotations: the captions.
  ///   - folders: where picture files are, by the name that the annotations give or as `ID.jpg`.
  ///   - excluded: ids of test pictures: the set's own, or COCO's where the annotations know them.
  ///   - against: test sets whose pictures are kept out by content, as `--against` of `clean`.
  package init(
    _ annotations: Annotations, pictures folders: [URL], excluding excluded: Set<Int64>,
    against: [String]
  ) {
    self.annotations = annotations
    self.folders = folders
    self.excluded = excluded
    self.against = against
  }

  /// Sentences that a table lacks, in order.
  package func missing(in table: Translations) -> [String] {
    var wanted = [Bool](repeating: false, count: annotations.sentences.count)
    for entry in annotations.entries where !table.has(id: entry.id) {
      wanted[entry.sentence] = true
    }
    return annotations.sentences.indices
      .filter { wanted[$0] && !table.has(annotations.sentences[$0]) }
      .map { annotations.sentences[$0] }
  }

  /// Translates what the table lacks.
  ///
  /// - Throws: ``CleaningError``.
  package func complete(
    _ table: inout Translations, with translator: TranslatorCommand, keepingIn folder: URL,
    progress: (_ done: Int, _ total: Int) -> Void
  ) throws {
    let sentences = missing(in: table)
    let found = try translator.translate(sentences, keepingIn: folder, progress: progress)
    for (sentence, translation) in zip(sentences, found) where !translation.isEmpty {
      table.add(sentence, translation)
    }
  }

  /// Writes `{split}_imgs.tsv` and `{split}_texts.jsonl`, and `{split}_dropped.jsonl` with a line for each
  /// caption or picture left out.
  ///
  /// - Throws: ``CleaningError``, `DataError`.
  package func write(
    _ table: Translations, to output: URL, split: String, overwrite: Bool,
    progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> Report {
    var report = Report()
    report.captions = annotations.entries.count
    report.sentences = annotations.sentences.count
    let names = ["imgs.tsv", "texts.jsonl", "dropped.jsonl"].map { "\(split)_\($0)" }
    let urls = names.map { output.appending(path: $0) }
    for url in urls where !overwrite && FileManager.default.fileExists(atPath: url.path) {
      throw CleaningError.alreadyExists(path: url.path)
    }
    let test = try TestPictures(against, includesTexts: false)
    var captions: [Int64: [Caption]] = [:]
    var order: [Int64] = []
    try CleaningError.wrapping {
      let dropped = try AtomicFile(urls[2], makesFolder: true)
      for entry in annotations.entries {
        let sentence = annotations.sentences[entry.sentence]
        guard let text = table.translation(of: sentence, id: entry.id) else {
          report.untranslated += 1
          try dropped.writeLine(
            "{\"text_id\": \(entry.id), \"reason\": \"no translation\", \"text\": \(PythonJSON.string(sentence))}"
          )
          continue
        }
        if captions[entry.image] == nil { order.append(entry.image) }
        captions[entry.image, default: []].append(
          Caption(textID: entry.id, text: text, imageIDs: [entry.image]))
      }
      let images = try AtomicFile(urls[0])
      let texts = try AtomicFile(urls[1])
      for (index, image) in order.enumerated() {
        try Task.checkCancellation()
        progress(index + 1, order.count)
        switch look(at: image, test) {
        case .sound(let data):
          try images.write("\(image)\t")
          try images.write(data.base64EncodedData())
          try images.write("\n")
          report.pictures += 1
          for caption in captions[image] ?? [] {
            try texts.writeLine(PythonJSON.line(caption))
            report.written += 1
          }
        case .dropped(let counter, let reason):
          report[keyPath: counter] += 1
          try dropped.writeLine(
            "{\"image_id\": \(image), \"reason\": \(PythonJSON.string(reason)), \"captions\": \(captions[image]?.count ?? 0)}"
          )
        }
      }
      guard report.pictures > 0 else {
        throw CleaningError.invalid(
          "No picture stays: of \(order.count) with a translated caption \(report.missing) are not there, \(report.broken) are no pictures, and \(report.excludedByID + report.excludedByContent) are in test sets."
        )
      }
      try images.commit()
      try texts.commit()
      try dropped.commit()
    }
    let again = try TSVDataset(images: urls[0], texts: urls[1])
    guard again.pairCount == report.written, again.imageIDs().count == report.pictures else {
      throw CleaningError.unwritable(
        path: urls[1].path,
        reason: "of \(report.written) captions written \(again.pairCount) can be read")
    }
    return report
  }

  private enum Finding {
    case sound(Data)
    case dropped(WritableKeyPath<Report, Int>, String)
  }

  private func look(at image: Int64, _ test: TestPictures) -> Finding {
    if excluded.contains(image) {
      return .dropped(\.excludedByID, "test picture \(image)")
    }
    if let coco = annotations.cocoIDs[image], excluded.contains(coco) {
      return .dropped(\.excludedByID, "test picture \(coco) of COCO")
    }
    let name = annotations.fileNames[image] ?? "\(image).jpg"
    // A name of strangers must not lead out of the folders.
    guard !name.split(separator: "/").contains(".."), !name.hasPrefix("/") else {
      return .dropped(\.missing, "the file's name \(name) leads out of the folder")
    }
    let files = folders.map { $0.appending(path: name) }
    guard let file = files.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
      return .dropped(\.missing, "there is no file \(name)")
    }
    let data: Data
    do { data = try MappedFile(file).contents() } catch {
      return .dropped(\.broken, "\(error)")
    }
    let measures = PictureMeasures(
      data, needs: against.isEmpty ? .decoding : [.content, .fingerprint])
    if let failure = measures.failure { return .dropped(\.broken, failure) }
    if !against.isEmpty, let equal = test.name(of: measures) {
      return .dropped(\.excludedByContent, "equals \(equal)")
    }
    return .sound(data)
  }

  /// Ids of test pictures from a file: the last number of each line, as in `COCO_val2014_000000123456`.
  ///
  /// - Throws: ``CleaningError`` for a line without one.
  package static func ids(in url: URL) throws -> Set<Int64> {
    let lines = try CleaningError.wrapping { try TextFile(url).lines() }
    var ids = Set<Int64>()
    for (index, line) in lines.enumerated() where !line.allSatisfy(\.isWhitespace) {
      let name = line.split(separator: ".").first.map(String.init) ?? line
      let digits = name.reversed().drop { !$0.isASCII || !$0.isNumber }
        .prefix { $0.isASCII && $0.isNumber }
      guard let id = Int64(String(digits.reversed())) else {
        throw CleaningError.unreadable(
          path: url.path, reason: "line \(index + 1): \"\(line.prefix(64))\" holds no id")
      }
      ids.insert(id)
    }
    return ids
  }
}
