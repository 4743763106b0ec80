import CLIPModels
import Files
import Foundation
import Threads

/// Chinese-CLIP's feature files: `*.img_feat.jsonl` with `{"image_id": …, "feature": […]}` and
/// `*.txt_feat.jsonl` with `{"text_id": …, "feature": […]}`, as `extract_features.py` writes them.
public struct ChineseCLIPFeatures: Sendable {
  let library: PictureLibrary
  let modelSource: String?
  /// Lines that are read and written at a time.
  private static let batch = 512

  /// For a library that has the model that made the features.
  public init(_ library: PictureLibrary, modelSource: String? = nil) {
    self.library = library
    self.modelSource = modelSource
  }

  private struct Feature: Sendable {
    let identifier: ImportIdentifier
    let feature: [Float]

    // `field` is the identifier's name, `image_id` or `text_id`.
    init(_ scanner: inout JSONScanner, field: String) throws {
      var identifier: ImportIdentifier?
      var feature: [Float]?
      try scanner.object { key, scanner in
        switch key {
        case field: identifier = try ImportIdentifier(&scanner)
        case "feature": feature = try scanner.floats()
        default: try scanner.skip()
        }
      }
      guard let identifier else { throw scanner.problem("'\(field)' is missing") }
      guard let feature else { throw scanner.problem("'feature' is missing") }
      self.identifier = identifier
      self.feature = feature
    }
  }

  private struct Text: Sendable {
    let identifier: ImportIdentifier
    let text: String
    let pictures: [ImportIdentifier]

    init(_ scanner: inout JSONScanner) throws {
      var identifier: ImportIdentifier?
      var text: String?
      var pictures: [ImportIdentifier] = []
      try scanner.object { key, scanner in
        switch key {
        case "text_id": identifier = try ImportIdentifier(&scanner)
        case "text": text = try scanner.string()
        case "image_ids" where !scanner.takeNull():
          try scanner.array { pictures.append(try ImportIdentifier(&$0)) }
        case "image_ids": break
        default: try scanner.skip()
        }
      }
      guard let identifier else { throw scanner.problem("'text_id' is missing") }
      guard let text else { throw scanner.problem("'text' is missing") }
      self.identifier = identifier
      self.text = text
      self.pictures = pictures
    }
  }

  /// Refuses a feature that is no direction.
  private static func check(_ feature: [Float], _ file: String, _ line: Int) throws(SearchError) {
    guard UnitVector.of(feature) == nil else { return }
    throw .importFile(
      path: file, line: line, problem: "the feature's numbers are not finite, or only zeros")
  }

  /// Reads picture features.
  ///
  /// - Parameters:
  ///   - path: A `*.img_feat.jsonl`.
  ///   - template: Where the picture files are, with `{id}` in the place of the identifier, as
  ///     `/data/images/{id}.jpg`; `nil` if there are none.
  ///   - progress: Called with the number of pictures so far.
  /// - Returns: How many pictures were taken in.
  /// - Throws: ``SearchError/importFile(path:line:problem:)``; the lines of whole batches before
  ///   the mistake stay.
  public func importPictures(
    _ path: String, pathTemplate template: String? = nil, progress: (Int) -> Void = { _ in }
  ) async throws -> Int {
    try await offloaded {
      let template = try PathTemplate(template)
      try await library.allow([template.folder].compactMap { $0 })
      var count = 0
      var reader = try ImportLines(path, like: #"{"image_id": …, "feature": […]}"#)
      while true {
        let features = try reader.next(Self.batch) { try Feature(&$0, field: "image_id") }
        guard !features.isEmpty else { return count }
        try await library.importPictures(
          features.map { line, feature in
            try Self.check(feature.feature, path, line)
            return ImportedPicture(
              path: try template.path(feature.identifier, in: path, line: line),
              vector: feature.feature)
          }, modelSource: modelSource)
        count += features.count
        progress(count)
        try Task.checkCancellation()
      }
    }
  }

  /// Reads text features as captions of the pictures that the texts belong to; a picture takes the
  /// first of its texts.
  ///
  /// - Parameters:
  ///   - path: A `*.txt_feat.jsonl`.
  ///   - textsPath: The data set's `*_texts.jsonl`, which says what the texts are and which
  ///     pictures they belong to.
  ///   - template: As for the pictures.
  /// - Returns: How many captions were taken in, and the texts that belong to no picture.
  /// - Throws: ``SearchError/importFile(path:line:problem:)``.
  public func importCaptions(
    _ path: String, texts textsPath: String, pathTemplate template: String? = nil
  ) async throws -> ImportReport {
    try await offloaded {
      let template = try PathTemplate(template)
      var report = ImportReport()
      var texts: [ImportIdentifier: Text] = [:]
      var textReader = try ImportLines(
        textsPath, like: #"{"text_id": …, "text": …, "image_ids": […]}"#)
      while true {
        let lines = try textReader.next(Self.batch) { try Text(&$0) }
        guard !lines.isEmpty else { break }
        for (_, text) in lines { texts[text.identifier] = text }
      }
      var taken: Set<ImportIdentifier> = []
      var reader = try ImportLines(path, like: #"{"text_id": …, "feature": […]}"#)
      while true {
        let features = try reader.next(Self.batch) { try Feature(&$0, field: "text_id") }
        guard !features.isEmpty else {
          report.taken = taken.count
          return report
        }
        var pictures: [ImportedPicture] = []
        for (line, feature) in features {
          guard let text = texts[feature.identifier] else {
            throw SearchError.importFile(
              path: path, line: line,
              problem: "text_id \(feature.identifier.text) is not in \(textsPath)")
          }
          try Self.check(feature.feature, path, line)
          if text.pictures.isEmpty {
            report.omit(path, row: line - 1, "the text belongs to no picture")
          }
          for picture in text.pictures where taken.insert(picture).inserted {
            pictures.append(
              ImportedPicture(
                path: try template.path(picture, in: path, line: line), caption: text.text,
                captionVector: feature.feature))
          }
        }
        try await library.importPictures(pictures, modelSource: modelSource)
      }
    }
  }

  /// Writes `PREFIX.img_feat.jsonl`, `PREFIX.txt_feat.jsonl` for the captions that have vectors,
  /// and `PREFIX_pictures.jsonl`, which says which path each identifier stands for.
  ///
  /// Identifiers are the pictures' numbers, and those that they came with for imported features.
  ///
  /// - Returns: How many pictures and captions were written.
  public func export(
    toPrefix prefix: String
  ) async throws -> (pictures: Int, captions: Int) {
    try await offloaded {
      do {
        let pictures = try AtomicFile(URL(filePath: prefix + ".img_feat.jsonl"), makesFolder: true)
        let captions = try AtomicFile(URL(filePath: prefix + ".txt_feat.jsonl"))
        let names = try AtomicFile(URL(filePath: prefix + "_pictures.jsonl"))
        var counts = (pictures: 0, captions: 0)
        try await library.forEachPicture { stored in
          let picture = stored.picture
          let identifier = Self.identifier(of: picture)
          if let vector = stored.vector {
            try pictures.writeLine(
              #"{"image_id": \#(identifier), "feature": \#(Self.json(vector))}"#)
            try names.writeLine(
              #"{"image_id": \#(identifier), "path": \#(PythonJSON.string(picture.path))}"#)
            counts.pictures += 1
          }
          if let captionVector = stored.captionVector {
            try captions.writeLine(
              #"{"text_id": \#(identifier), "feature": \#(Self.json(captionVector))}"#)
            counts.captions += 1
          }
        }
        for file in [pictures, captions, names] { try file.commit() }
        return counts
      } catch let error as FileError {
        throw SearchError(error)
      }
    }
  }

  private static func identifier(of picture: Picture) -> String {
    guard picture.path.hasPrefix("image_id:") else { return String(picture.id) }
    let text = String(picture.path.dropFirst("image_id:".count))
    return Int64(text).map(String.init) ?? PythonJSON.string(text)
  }

  static func json(_ vector: [Float]) -> String {
    "[" + vector.map { "\($0)" }.joined(separator: ", ") + "]"
  }
}
