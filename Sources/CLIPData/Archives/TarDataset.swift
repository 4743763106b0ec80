import CLIPImages
import Files
public import Foundation

/// Pictures and captions in tar shards as WebDataset and img2dataset write them: files that follow each
/// other and share a name up to the first dot are one sample, `000017.jpg` with `000017.txt`.
///
/// Shards are mapped and indexed on opening, so samples are read in any order without unpacking. Pictures are
/// numbered from 0 in the order of the shards, and so are captions.
public final class TarDataset: PairDataset {
  /// The shards' common description.
  public let source: String
  /// Samples that were left out; empty under ``DamagePolicy/fail``.
  public let problems: [DataError]
  /// Number of pairs: one for each caption.
  public var pairCount: Int { texts.count }

  private let shards: [MappedFile]
  private let pictures: [Place]
  private let texts: [TextPlace]

  /// Where bytes lie: the shard and the range in it.
  private struct Place: Sendable {
    let shard: Int
    let range: Range<Int>
  }

  /// Where a caption lies, and which picture it belongs to.
  private struct TextPlace: Sendable {
    let place: Place
    let isJSON: Bool
    let image: Int
  }

  /// Opens shards.
  ///
  /// A sample is a picture with a `.txt` file (the caption) or a `.json` file with the field `caption` or
  /// `text`; the text file wins. Samples without a picture or without a caption are problems.
  ///
  /// - Parameters:
  ///   - urls: uncompressed tar files.
  ///   - policy: what to do with incomplete samples. A damaged archive is an error under any policy.
  /// - Throws: ``DataError``.
  public init(shards urls: [URL], policy: DamagePolicy = .fail) throws {
    var shards: [MappedFile] = []
    var pictures: [Place] = []
    var texts: [TextPlace] = []
    var problems: [DataError] = []
    for (shard, url) in urls.enumerated() {
      let file = try DataError.wrapping { try MappedFile(url) }
      shards.append(file)
      for sample in try TarSample.samples(in: file) {
        guard let picture = sample.picture, let text = sample.text else {
          let missing = sample.picture == nil ? "no picture" : "no caption (.txt or .json)"
          let problem = DataError.badArchive(
            path: file.path, offset: sample.offset,
            problem: "the sample \"\(sample.key)\" has \(missing)")
          if policy == .fail { throw problem }
          problems.append(problem)
          continue
        }
        texts.append(
          TextPlace(
            place: Place(shard: shard, range: text.range), isJSON: TarSample.isJSON(text),
            image: pictures.count))
        pictures.append(Place(shard: shard, range: picture.range))
      }
    }
    self.shards = shards
    self.pictures = pictures
    self.texts = texts
    self.problems = problems
    source =
      urls.count == 1 ? urls[0].path : "\(urls.count) shards from \(urls.first?.path ?? "nowhere")"
  }

  /// One pair; see ``PairDataset/pair(at:)``.
  public func pair(at index: Int) throws -> CaptionPair {
    guard texts.indices.contains(index) else {
      throw DataError.invalidSetting(
        "Pair \(index) was asked of \(source), which has \(pairCount).")
    }
    let entry = texts[index]
    return CaptionPair(
      imageID: Int64(entry.image), textID: Int64(index), text: try text(of: entry))
  }

  /// The encoded bytes of a picture; see ``PairDataset/imageData(for:)``.
  public func imageData(for imageID: Int64) throws -> Data {
    guard let index = Int(exactly: imageID), pictures.indices.contains(index) else {
      throw DataError.unknownImage(id: imageID, source: source)
    }
    let place = pictures[index]
    return Data(shards[place.shard].bytes(in: place.range))
  }

  /// Numbers of all pictures.
  public func imageIDs() -> [Int64] { pictures.indices.map { Int64($0) } }

  /// All captions in the order of the shards.
  public func captions() throws -> [Caption] {
    try texts.indices.map { index in
      let pair = try pair(at: index)
      return Caption(textID: pair.textID, text: pair.text, imageIDs: [pair.imageID])
    }
  }

  private func text(of entry: TextPlace) throws -> String {
    try TarSample.caption(
      in: entry.place.range, isJSON: entry.isJSON, of: shards[entry.place.shard])
  }
}
