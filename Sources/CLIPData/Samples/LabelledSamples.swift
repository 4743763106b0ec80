public import CLIPImages
public import Foundation

/// Another source's samples with what is known of their pictures and texts.
///
/// The labels come from a file of JSON lines, `{"image_id": 17, "labels": [1, 0, -1]}` and
/// `{"text_id": 3, "labels": [0, 1, 0]}`, as many numbers in every line.
public struct LabelledSamples: SampleSource {
  private let base: any SampleSource
  private let file: String
  private let images: [Int64: [Float]]
  private let texts: [Int64: [Float]]

  private struct Line: Decodable {
    let imageID: Int64?
    let textID: Int64?
    let labels: [Float]

    enum CodingKeys: String, CodingKey {
      case labels
      case imageID = "image_id"
      case textID = "text_id"
    }
  }

  /// Reads the labels.
  ///
  /// - Parameters:
  ///   - base: whose samples.
  ///   - url: the file.
  /// - Throws: ``DataError/badLine(path:line:problem:)`` for a line that is none.
  public init(_ base: any SampleSource, labels url: URL) throws {
    self.base = base
    file = url.path
    var images: [Int64: [Float]] = [:]
    var texts: [Int64: [Float]] = [:]
    var width: Int?
    _ = try Self.lines(
      of: url, Line.self, like: #"{"image_id" or "text_id": …, "labels": […]}"#
    ) { entry in
      guard entry.labels.count == width ?? entry.labels.count, !entry.labels.isEmpty else {
        return "it has \(entry.labels.count) labels, those before have \(width ?? 0)"
      }
      width = entry.labels.count
      switch (entry.imageID, entry.textID) {
      case (let id?, nil): images[id] = entry.labels
      case (nil, let id?): texts[id] = entry.labels
      default: return "it must name either an image_id or a text_id"
      }
      return nil
    }
    self.images = images
    self.texts = texts
  }

  /// Where the data lies.
  public var source: String { base.source }
  /// The number of samples.
  public var count: Int { base.count }
  /// The base's pairs.
  public var pairs: (any PairDataset)? { base.pairs }

  /// The base's sample with its labels.
  ///
  /// - Throws: ``DataError/invalidSetting(_:)`` for a picture or text without labels.
  public func sample(at index: Int, using random: inout AugmentationRandom) throws -> Sample {
    var sample = try base.sample(at: index, using: &random)
    if let id = sample.imageID {
      guard let labels = images[id] else { throw missing("image_id \(id)") }
      sample.imageLabels = labels
    }
    if let id = sample.texts.first?.id {
      guard let labels = texts[id] else { throw missing("text_id \(id)") }
      sample.textLabels = labels
    }
    return sample
  }

  private func missing(_ id: String) -> DataError {
    .invalidSetting("\(file) has no labels of \(id).")
  }

  /// The encoded bytes of a picture.
  public func imageData(for imageID: Int64) throws -> Data { try base.imageData(for: imageID) }
  /// The base's pictures.
  public func imageIDs() throws -> [Int64] { try base.imageIDs() }
}
