import Files
import Foundation

/// Folders as clip-retrieval's `inference` writes them: `img_emb/img_emb_N.npy`, optionally
/// `text_emb/text_emb_N.npy`, and `metadata/metadata_N` with a row for each vector.
///
/// The metadata is read as JSON lines. Parquet needs a library that Debian does not have, so those
/// files are to be converted first; the error says how.
public struct ClipRetrievalFolder: Sendable {
  let library: PictureLibrary
  let modelSource: String?
  private static let batch = 512

  /// For a library that has the model that made the vectors.
  public init(_ library: PictureLibrary, modelSource: String? = nil) {
    self.library = library
    self.modelSource = modelSource
  }

  fileprivate struct Metadata: Encodable, Sendable {
    enum CodingKeys: String, CodingKey {
      case path = "image_path"
      case url
      case key
      case caption
      case width
      case height
    }

    var path: String?
    var url: String?
    var key: String?
    var caption: String?
    var width: Int?
    var height: Int?
  }

  /// Reads a folder.
  ///
  /// - Parameters:
  ///   - folder: With `img_emb` and `metadata` in it.
  ///   - progress: Called with the number of pictures so far.
  /// - Returns: How many pictures were taken in.
  /// - Throws: ``SearchError/importFile(path:line:problem:)``.
  public func importPictures(
    from folder: String, progress: (Int) -> Void = { _ in }
  ) throws -> Int {
    var count = 0
    var part = 0
    while FileManager.default.fileExists(atPath: "\(folder)/img_emb/img_emb_\(part).npy") {
      count = try importPart(part, of: folder, after: count, progress)
      part += 1
    }
    guard part > 0 else {
      throw SearchError.importFile(
        path: folder, line: nil, problem: "there is no img_emb/img_emb_0.npy")
    }
    return count
  }

  private func importPart(
    _ part: Int, of folder: String, after done: Int, _ progress: (Int) -> Void
  ) throws -> Int {
    func matrix(_ path: String) throws -> NumPyFile {
      try SearchError.wrapping { try NumPyFile(URL(filePath: path)) }
    }
    let images = try matrix("\(folder)/img_emb/img_emb_\(part).npy")
    let textPath = "\(folder)/text_emb/text_emb_\(part).npy"
    let texts = FileManager.default.fileExists(atPath: textPath) ? try matrix(textPath) : nil
    var reader = try metadata(part, of: folder)
    var row = 0
    while row < images.rows {
      let some = try reader.next(min(Self.batch, images.rows - row)) { try Metadata(&$0) }
      guard !some.isEmpty else { break }
      let pictures = some.map(\.value).enumerated().map { index, metadata in
        let number = row + index
        let path = metadata.path.map(Paths.absolute) ?? metadata.url ?? metadata.key
        return ImportedPicture(
          path: path ?? "\(Paths.absolute(folder))#\(part)/\(number)",
          vector: images.row(number), caption: metadata.caption,
          captionVector: texts.flatMap { number < $0.rows ? $0.row(number) : nil },
          width: metadata.width ?? 0, height: metadata.height ?? 0)
      }
      try library.importPictures(pictures, modelSource: modelSource)
      row += some.count
      progress(done + row)
      try Task.checkCancellation()
    }
    guard row == images.rows, try reader.next(1, { try $0.skip() }).isEmpty else {
      throw SearchError.importFile(
        path: reader.file.path, line: nil,
        problem: "it does not have a line for each of the \(images.rows) vectors")
    }
    return done + row
  }

  private func metadata(_ part: Int, of folder: String) throws -> ImportLines {
    let base = "\(folder)/metadata/metadata_\(part)"
    for suffix in [".jsonl", ".json"] where access(base + suffix, F_OK) == 0 {
      return try ImportLines(base + suffix, like: #"{"image_path": …, "caption": …}"#)
    }
    let problem =
      access(base + ".parquet", F_OK) == 0
      ? "parquet is not read; write it as JSON lines first: python3 -c \"import pandas; "
        + "pandas.read_parquet('\(base).parquet').to_json('\(base).jsonl', orient='records', "
        + "lines=True, force_ascii=False)\"" : "the file is missing"
    throw SearchError.importFile(path: base + ".jsonl", line: nil, problem: problem)
  }

  /// Writes a folder that the original tools read after its metadata was converted to parquet:
  /// `img_emb/img_emb_0.npy` in half precision and `metadata/metadata_0.jsonl`.
  ///
  /// - Returns: How many pictures were written.
  public func export(to folder: String) throws -> Int {
    let statistics = try library.statistics()
    return try SearchError.wrapping {
      let vectors = try NumPyWriter(
        URL(filePath: "\(folder)/img_emb/img_emb_0.npy"), columns: statistics.dimension,
        elements: .float16, makesFolder: true)
      let metadata = try AtomicFile(
        URL(filePath: "\(folder)/metadata/metadata_0.jsonl"), makesFolder: true)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
      try library.forEachVector { picture, vector, _ in
        guard let vector else { return }
        try vectors.write(vector)
        let row = Metadata(
          path: picture.path, key: String(picture.id), caption: picture.caption,
          width: picture.width, height: picture.height)
        try metadata.write(try encoder.encode(row))
        try metadata.write("\n")
      }
      try vectors.commit()
      try metadata.commit()
      return vectors.rows
    }
  }
}

extension ClipRetrievalFolder.Metadata {
  /// Reads one line of metadata; whatever else it holds is left out.
  fileprivate init(_ scanner: inout JSONScanner) throws {
    func pixels(_ scanner: inout JSONScanner) throws -> Int? {
      scanner.takeNull() ? nil : Int(exactly: try scanner.float())
    }
    self.init()
    try scanner.object { key, scanner in
      switch CodingKeys(rawValue: key) {
      case .path: path = try scanner.optionalString()
      case .url: url = try scanner.optionalString()
      case .key: self.key = try scanner.optionalString()
      case .caption: caption = try scanner.optionalString()
      case .width: width = try pixels(&scanner)
      case .height: height = try pixels(&scanner)
      case nil: try scanner.skip()
      }
    }
  }
}
