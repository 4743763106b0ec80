import Foundation
import GRDB

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

  /// An identifier as data sets write them: a number or a string.
  struct Identifier: Decodable, Sendable, Hashable {
    let text: String

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Int64.self) {
        text = String(number)
      } else {
        text = try container.decode(String.self)
      }
    }
  }

  private struct ImageFeature: Decodable, Sendable {
    enum CodingKeys: String, CodingKey {
      case identifier = "image_id"
      case feature
    }

    let identifier: Identifier
    let feature: [Float]
  }

  private struct TextFeature: Decodable, Sendable {
    enum CodingKeys: String, CodingKey {
      case identifier = "text_id"
      case feature
    }

    let identifier: Identifier
    let feature: [Float]
  }

  private struct Text: Decodable, Sendable {
    enum CodingKeys: String, CodingKey {
      case identifier = "text_id"
      case text
      case pictures = "image_ids"
    }

    let identifier: Identifier
    let text: String
    let pictures: [Identifier]?
  }

  /// The path that stands for a picture of which only the identifier is known.
  static func path(_ identifier: String, template: String?) -> String {
    guard let template else { return "image_id:" + identifier }
    return Paths.absolute(template.replacingOccurrences(of: "{id}", with: identifier))
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
  ) throws -> Int {
    var count = 0
    var reader = try LineReader(path: path)
    while true {
      let lines = reader.next(Self.batch)
      guard !lines.isEmpty else { return count }
      let features = try Self.decode(ImageFeature.self, lines, path)
      try library.importPictures(
        features.map {
          ImportedPicture(
            path: Self.path($0.identifier.text, template: template), vector: $0.feature)
        }, modelSource: modelSource)
      count += lines.count
      progress(count)
      try Task.checkCancellation()
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
  /// - Returns: How many captions were taken in.
  /// - Throws: ``SearchError/importFile(path:line:problem:)``.
  public func importCaptions(
    _ path: String, texts textsPath: String, pathTemplate template: String? = nil
  ) throws -> Int {
    var texts: [Identifier: (text: String, pictures: [Identifier])] = [:]
    var textReader = try LineReader(path: textsPath)
    while true {
      let lines = textReader.next(Self.batch)
      guard !lines.isEmpty else { break }
      for text in try Self.decode(Text.self, lines, textsPath) {
        texts[text.identifier] = (text.text, text.pictures ?? [])
      }
    }
    var taken: Set<Identifier> = []
    var reader = try LineReader(path: path)
    while true {
      let lines = reader.next(Self.batch)
      guard !lines.isEmpty else { return taken.count }
      var pictures: [ImportedPicture] = []
      for (line, feature) in zip(lines, try Self.decode(TextFeature.self, lines, path)) {
        guard let text = texts[feature.identifier] else {
          throw SearchError.importFile(
            path: path, line: line.line,
            problem: "text_id \(feature.identifier.text) is not in \(textsPath)")
        }
        for picture in text.pictures where taken.insert(picture).inserted {
          pictures.append(
            ImportedPicture(
              path: Self.path(picture.text, template: template), caption: text.text,
              captionVector: feature.feature))
        }
      }
      try library.importPictures(pictures, modelSource: modelSource)
    }
  }

  /// Writes `PREFIX.img_feat.jsonl`, `PREFIX.txt_feat.jsonl` for the captions that have vectors,
  /// and `PREFIX_pictures.jsonl`, which says which path each identifier stands for.
  ///
  /// Identifiers are the pictures' numbers, and those that they came with for imported features.
  ///
  /// - Returns: How many pictures and captions were written.
  public func export(toPrefix prefix: String) throws -> (pictures: Int, captions: Int) {
    let pictures = try AtomicTextFile(path: prefix + ".img_feat.jsonl")
    let captions = try AtomicTextFile(path: prefix + ".txt_feat.jsonl")
    let names = try AtomicTextFile(path: prefix + "_pictures.jsonl")
    var counts = (pictures: 0, captions: 0)
    try library.forEachVector { picture, vector, captionVector in
      let identifier = Self.identifier(of: picture)
      if let vector {
        try pictures.write(#"{"image_id": \#(identifier), "feature": \#(Self.json(vector))}"#)
        try names.write(
          #"{"image_id": \#(identifier), "path": \#(try Self.json(picture.path))}"#)
        counts.pictures += 1
      }
      if let captionVector {
        try captions.write(
          #"{"text_id": \#(identifier), "feature": \#(Self.json(captionVector))}"#)
        counts.captions += 1
      }
    }
    for file in [pictures, captions, names] { try file.finish() }
    return counts
  }

  private static func identifier(of picture: Picture) -> String {
    guard picture.path.hasPrefix("image_id:") else { return String(picture.id) }
    let text = String(picture.path.dropFirst("image_id:".count))
    return Int64(text).map(String.init) ?? ((try? json(text)) ?? String(picture.id))
  }

  static func json(_ vector: [Float]) -> String {
    "[" + vector.map { "\($0)" }.joined(separator: ", ") + "]"
  }

  static func json(_ text: String) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return String(decoding: try encoder.encode(text), as: UTF8.self)
  }

  /// Decodes lines on all cores; the first that is wrong is named.
  static func decode<Value: Decodable & Sendable>(
    _ type: Value.Type, _ lines: [(line: Int, bytes: Data)], _ path: String
  ) throws -> [Value] {
    let decoded: [Result<Value, SearchError>] = inParallel(lines.count) { index in
      do { return .success(try JSONDecoder().decode(type, from: lines[index].bytes)) } catch {
        return .failure(
          .importFile(
            path: path, line: lines[index].line,
            problem:
              "expected \(type == ImageFeature.self ? "{\"image_id\": …, \"feature\": […]}" : "JSON of this kind of file") (\(reason(error)))"
          ))
      }
    }
    return try decoded.map { try $0.get() }
  }

  private static func reason(_ error: any Error) -> String {
    switch error as? DecodingError {
    case .keyNotFound(let key, _): "'\(key.stringValue)' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' is of another kind"
    default: "it is not valid JSON"
    }
  }
}
