import CLIPData
import Files
import Foundation

/// What was written of a cleaned set.
public struct CleanedFiles: Sendable, Equatable, Codable {
  /// Rows: pairs, or texts of a list.
  public var rows = 0
  /// Pictures.
  public var pictures = 0
  /// Names of the files in the output's folder, in order.
  public var files: [String] = []
}

/// Writes the rows that stay in the form that they came in, and reads them again.
struct CleanedOutput {
  let view: RowsView
  let options: CleaningOptions

  init(_ view: RowsView, options: CleaningOptions) {
    self.view = view
    self.options = options
  }

  /// Refuses inputs whose outputs would be one file.
  static func check(_ input: CleaningInput) throws {
    guard input.kind != .dataset else { return }
    var names: [String: String] = [:]
    for source in input.sources {
      let name = URL(filePath: source.path).lastPathComponent
      if let other = names[name] {
        throw CleaningError.invalid(
          "\(other) and \(source.path) would both be written as \(name); clean them one by one.")
      }
      names[name] = source.path
    }
  }

  /// Removes the result of an earlier cleaning, or its beginning.
  static func remove(_ output: URL) throws {
    struct Report: Decodable {
      let output: CleanedFiles
    }
    let files = FileManager.default
    var names = [".cleaning", "dropped.jsonl", "report.html", "report.json"]
    if let data = try? Data(contentsOf: output.appending(path: "report.json")) {
      let report = try? JSONDecoder().decode(Report.self, from: data)
      names += (report?.output.files ?? []).filter { !$0.contains("/") && $0 != ".." }
    }
    for name in names {
      let file = output.appending(path: name)
      guard files.fileExists(atPath: file.path) else { continue }
      do { try files.removeItem(at: file) } catch {
        throw CleaningError.unwritable(path: file.path, reason: SystemError.reason(error))
      }
    }
  }

  /// Writes the files.
  ///
  /// - Returns: what can be read again of them.
  /// - Throws: ``CleaningError``, `DataError`, also when less can be read than was written.
  func write() throws -> CleanedFiles {
    guard view.states.aliveCount > 0 else { return CleanedFiles() }
    let written =
      switch view.input.kind {
      case .shards: try writeShards()
      case .dataset: try writeDataset()
      case .texts: try writeTexts()
      }
    guard written.rows == view.states.aliveCount else {
      throw CleaningError.unwritable(
        path: options.output.path,
        reason: "of \(view.states.aliveCount) rows written \(written.rows) can be read")
    }
    return written
  }

  // MARK: Shards

  /// A shard of the same name for each that keeps a sample; a shard that an earlier run has written stays.
  private func writeShards() throws -> CleanedFiles {
    let (view, output) = (view, options.output)
    let results = concurrentResults(count: view.input.sources.count) { number -> (String, Int)? in
      let alive = view.states.alive(number)
      guard !alive.isEmpty else { return nil }
      let source = URL(filePath: view.input.sources[number].path)
      let target = output.appending(path: source.lastPathComponent)
      if !FileManager.default.fileExists(atPath: target.path) {
        try Self.write(ShardSource.Samples(source), alive, view.text, to: target)
      }
      return (target.lastPathComponent, try TarDataset(shards: [target]).pairCount)
    }
    var written = CleanedFiles()
    var sizes: [String: Int] = [:]
    for (number, result) in results.enumerated() {
      if let (name, count) = try result.get() {
        written.rows += count
        written.files.append(name)
        sizes[name] = count
      }
      view.progress(number + 1, view.input.sources.count)
      try Task.checkCancellation()
    }
    written.pictures = written.rows
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    try CleaningError.wrapping {
      let file = try AtomicFile(output.appending(path: "sizes.json"))
      try file.write(encoder.encode(sizes))
      try file.commit()
    }
    written.files.append("sizes.json")
    return written
  }

  /// Copies samples with all their files; a changed text is the sample's `.txt` file.
  private static func write(
    _ samples: ShardSource.Samples, _ alive: [Int], _ text: (String) -> String, to target: URL
  ) throws {
    try CleaningError.wrapping {
      let writer = try TarWriter(target)
      for index in alive {
        let sample = samples.samples[index]
        let before = try samples.row(at: index).text
        let after = text(before)
        let textName = sample.key + ".txt"
        for member in sample.members {
          if after != before, member.name == textName { continue }
          try writer.append(member.name, samples.shard.bytes(in: member.range))
        }
        if after != before { try writer.append(textName, Data(after.utf8)) }
      }
      try writer.finish()
    }
  }

  // MARK: TSV and JSON lines

  /// `{split}_imgs.tsv` and `{split}_texts.jsonl`; ids stay, unless several sets become one.
  private func writeDataset() throws -> CleanedFiles {
    let names = ["\(options.split)_imgs.tsv", "\(options.split)_texts.jsonl"]
    let urls = names.map { options.output.appending(path: $0) }
    let sources = view.input.sources.compactMap { $0 as? DatasetSource }
    let isRenumbered = sources.count > 1
    let pictures = view.pictures
    func imageID(_ reference: PictureReference) -> Int64 {
      isRenumbered
        ? Int64(pictures.number(reference)) : sources[0].imageID(of: reference, firstPart: 0)
    }
    var pictureCount = 0
    try CleaningError.wrapping {
      let images = try AtomicFile(urls[0], makesFolder: true)
      let wanted = try view.alivePictures()
      for (part, wanted) in wanted.enumerated() where wanted.contains(true) {
        let files = try view.input.pictures(ofPart: part)
        for index in wanted.indices where wanted[index] {
          try images.write("\(imageID(PictureReference(part: part, index: index)))\t")
          try images.write(files.data(at: index).base64EncodedData())
          try images.write("\n")
          pictureCount += 1
        }
        view.progress(part + 1, view.input.pictureParts)
        try Task.checkCancellation()
      }
      let texts = try AtomicFile(urls[1])
      try forEachCaption { number, textID, text, references in
        let caption = Caption(
          textID: isRenumbered ? number : textID, text: text, imageIDs: references.map(imageID))
        try texts.writeLine(PythonJSON.line(caption))
      }
      try images.commit()
      try texts.commit()
    }
    let again = try TSVDataset(images: urls[0], texts: urls[1])
    guard again.imageIDs().count == pictureCount else {
      throw CleaningError.unwritable(
        path: urls[0].path,
        reason: "of \(pictureCount) pictures written \(again.imageIDs().count) can be read")
    }
    return CleanedFiles(rows: again.pairCount, pictures: pictureCount, files: names)
  }

  /// Calls `body` for each caption with the pictures that stay with it; its rows follow each other.
  private func forEachCaption(
    _ body: (_ number: Int64, _ textID: Int64, _ text: String, [PictureReference]) throws -> Void
  ) throws {
    var open: (source: Int, id: Int64, text: String, references: [PictureReference])?
    var number: Int64 = 0
    func close() throws {
      guard let caption = open else { return }
      try body(number, caption.id, view.text(caption.text), caption.references)
      number += 1
      open = nil
    }
    for part in 0..<view.input.rowParts {
      let alive = view.states.alive(part)
      guard !alive.isEmpty else { continue }
      let source = view.input.place(ofRowPart: part).source
      let rows = try view.input.rows(ofPart: part)
      for index in alive {
        let row = try rows.row(at: index)
        guard let reference = row.picture else { continue }
        if let caption = open, caption.source == source, caption.id == row.textID,
          caption.text == row.text
        {
          open?.references.append(reference)
        } else {
          try close()
          open = (source, row.textID, row.text, [reference])
        }
      }
    }
    try close()
  }

  // MARK: Lists of texts

  /// A list of the same name for each.
  private func writeTexts() throws -> CleanedFiles {
    var written = CleanedFiles()
    for (number, source) in view.input.sources.enumerated() {
      guard let source = source as? TextListSource else { continue }
      let target = options.output.appending(path: source.url.lastPathComponent)
      let parts = view.input.rowStarts[number]..<view.input.rowStarts[number + 1]
      guard parts.contains(where: { !view.states.alive($0).isEmpty }) else { continue }
      try CleaningError.wrapping {
        let file = try AtomicFile(target, makesFolder: true)
        if let heading = source.heading { try file.writeLine(heading) }
        for (offset, part) in parts.enumerated() {
          let rows = source.rows(ofPart: offset)
          for index in view.states.alive(part) {
            let text = view.text(try rows.row(at: index).text)
            try file.writeLine(
              source.line(at: offset * DatasetSource.rowsPerPart + index, text: text))
          }
          view.progress(part + 1, view.input.rowParts)
        }
        try file.commit()
      }
      written.rows += try TextListSource(target, form: source.form).rowCount
      written.files.append(target.lastPathComponent)
    }
    return written
  }
}
