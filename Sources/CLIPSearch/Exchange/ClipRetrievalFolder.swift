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

  private struct Metadata: Codable, Sendable {
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
    let images = try NumpyMatrix(path: "\(folder)/img_emb/img_emb_\(part).npy")
    let textPath = "\(folder)/text_emb/text_emb_\(part).npy"
    let texts =
      FileManager.default.fileExists(atPath: textPath) ? try NumpyMatrix(path: textPath) : nil
    let (metadataPath, lines) = try metadata(part, of: folder)
    var reader = lines
    var row = 0
    while row < images.rows {
      let some = reader.next(min(Self.batch, images.rows - row))
      guard !some.isEmpty else { break }
      let metadata = try ChineseCLIPFeatures.decode(Metadata.self, some, metadataPath)
      let pictures = metadata.enumerated().map { index, metadata in
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
    guard row == images.rows, reader.next() == nil else {
      throw SearchError.importFile(
        path: metadataPath, line: nil,
        problem: "it does not have a line for each of the \(images.rows) vectors")
    }
    return done + row
  }

  private func metadata(_ part: Int, of folder: String) throws -> (String, LineReader) {
    let base = "\(folder)/metadata/metadata_\(part)"
    for suffix in [".jsonl", ".json"] where access(base + suffix, F_OK) == 0 {
      return (base + suffix, try LineReader(path: base + suffix))
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
    for name in ["img_emb", "metadata"] {
      do {
        try FileManager.default.createDirectory(
          atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
      } catch {
        throw SearchError.unwritable(path: folder, reason: error.localizedDescription)
      }
    }
    let statistics = try library.statistics()
    let vectors = try AtomicTextFile(path: "\(folder)/img_emb/img_emb_0.npy")
    let metadata = try AtomicTextFile(path: "\(folder)/metadata/metadata_0.jsonl")
    try vectors.write(
      bytes: NumpyMatrix.halfHeader(rows: statistics.vectors, columns: statistics.dimension))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
    var count = 0
    try library.forEachVector { picture, vector, _ in
      guard let vector, count < statistics.vectors else { return }
      try vectors.write(bytes: Array(VectorCodec.encode(vector)))
      let row = Metadata(
        path: picture.path, key: String(picture.id), caption: picture.caption,
        width: picture.width, height: picture.height)
      try metadata.write(String(decoding: try encoder.encode(row), as: UTF8.self))
      count += 1
    }
    guard count == statistics.vectors else {
      throw SearchError.unwritable(
        path: folder, reason: "the library changed meanwhile; run the export again")
    }
    try vectors.finish()
    try metadata.finish()
    return count
  }
}
