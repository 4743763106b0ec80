import CLIPData
import Files
package import Foundation

/// One tar shard as WebDataset and img2dataset write them; one part, a row for each complete sample.
package struct ShardSource: CleaningSource {
  package let url: URL
  package let identity: String
  package let problems: [String]
  package let rowParts = 1
  package let pictureParts = 1

  /// Complete samples.
  private let count: Int

  package var path: String { url.path }

  /// Reads the shard's index.
  ///
  /// - Throws: `DataError` for a damaged archive.
  package init(_ url: URL) throws {
    self.url = url
    identity = Self.identity(of: [url])
    let shard = try DataError.wrapping { try MappedFile(url) }
    let samples = try TarSample.samples(in: shard)
    problems = samples.compactMap { sample in
      if sample.picture != nil, sample.text != nil { return nil }
      let missing = sample.picture == nil ? "no picture" : "no caption (.txt or .json)"
      return "\(url.path): the sample \"\(sample.key)\" has \(missing)"
    }
    count = samples.count - problems.count
  }

  package func rowCount(ofPart part: Int) -> Int { count }
  package func pictureCount(ofPart part: Int) -> Int { count }

  package func rows(ofPart part: Int) throws -> any RowPart { try Samples(url) }
  package func pictures(ofPart part: Int) throws -> any PicturePart { try Samples(url) }

  /// The complete samples of the shard.
  struct Samples: RowPart, PicturePart {
    let shard: MappedFile
    let samples: [TarSample]
    private let name: String

    init(_ url: URL) throws {
      shard = try DataError.wrapping { try MappedFile(url) }
      samples = try TarSample.samples(in: shard).filter { $0.picture != nil && $0.text != nil }
      name = url.lastPathComponent
    }

    var count: Int { samples.count }

    func row(at index: Int) throws -> CleaningRow {
      let sample = samples[index]
      guard let text = sample.text else {
        throw CleaningError.invalid("The sample \(sample.key) has no text.")
      }
      return CleaningRow(
        name: "\(name)/\(sample.key)",
        text: try TarSample.caption(in: text.range, isJSON: TarSample.isJSON(text), of: shard),
        textID: Int64(index), picture: PictureReference(part: 0, index: index),
        address: address(of: sample))
    }

    func data(at index: Int) throws -> Data {
      guard let picture = samples[index].picture else {
        throw CleaningError.invalid("The sample \(samples[index].key) has no picture.")
      }
      return Data(shard.bytes(in: picture.range))
    }

    /// The field `url` of img2dataset's metadata; nil without one, or where the JSON is something else.
    private func address(of sample: TarSample) -> String? {
      guard let json = sample.members.last(where: TarSample.isJSON) else { return nil }
      return (try? TarSample.strings(["url"], in: json.range, of: shard))?["url"]
    }
  }
}
