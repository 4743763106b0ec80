import Files
import Foundation
import Threads

/// Folders as clip-retrieval's `inference` writes them: `img_emb/img_emb_N.npy`, optionally
/// `text_emb/text_emb_N.npy`, and `metadata/metadata_N` with a row for each vector.
///
/// Numbers may have leading zeros and gaps.
///
/// The metadata is read as JSON lines. Parquet needs a library that Debian does not have, so those
/// files are to be converted first; the error says how.
public struct ClipRetrievalFolder: Sendable {
  let library: PictureLibrary
  let modelSource: String?
  static let batch = 512

  /// For a library that has the model that made the vectors.
  public init(_ library: PictureLibrary, modelSource: String? = nil) {
    self.library = library
    self.modelSource = modelSource
  }

  /// A row of the metadata.
  struct Metadata: Encodable, Sendable {
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

  /// Writes a folder that the original tools read after its metadata was converted to parquet:
  /// `img_emb/img_emb_0.npy` in half precision and `metadata/metadata_0.jsonl`.
  ///
  /// - Returns: How many pictures were written.
  public func export(to folder: String) async throws -> Int {
    try await offloaded {
      let statistics = try await library.statistics()
      do {
        let vectors = try NumPyWriter(
          URL(filePath: "\(folder)/img_emb/img_emb_0.npy"), columns: statistics.dimension,
          elements: .float16, makesFolder: true)
        let metadata = try AtomicFile(
          URL(filePath: "\(folder)/metadata/metadata_0.jsonl"), makesFolder: true)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        try await library.forEachPicture { stored in
          guard let vector = stored.vector else { return }
          let picture = stored.picture
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
      } catch let error as FileError {
        throw SearchError(error)
      }
    }
  }
}

extension ClipRetrievalFolder.Metadata {
  /// Reads one line of metadata; whatever else it holds is left out.
  init(_ scanner: inout JSONScanner) throws {
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
