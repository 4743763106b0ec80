public import CLIPImages
public import Foundation

/// Another source's samples with what is known of their pictures and texts, from a file of
/// ``LabelNumbers``.
public struct LabelledSamples: SampleSource {
  private let base: any SampleSource
  private let labels: LabelNumbers

  /// Reads the labels.
  ///
  /// - Parameters:
  ///   - base: whose samples.
  ///   - url: the file.
  /// - Throws: ``DataError/badLine(path:line:problem:)`` for a line that is none.
  public init(_ base: any SampleSource, labels url: URL) throws {
    self.base = base
    labels = try LabelNumbers(url)
  }

  /// Where the data lies.
  public var source: String { base.source }
  /// The number of samples.
  public var count: Int { base.count }
  /// The base's plan.
  public var plan: SamplingPlan? { base.plan }
  /// The base's pairs.
  public var pairs: (any PairDataset)? { base.pairs }

  /// The base's sample with its labels.
  ///
  /// - Throws: ``DataError/invalidSetting(_:)`` for a picture or text without labels.
  public func sample(at index: Int, using random: inout AugmentationRandom) throws -> Sample {
    var sample = try base.sample(at: index, using: &random)
    if let id = sample.imageID {
      guard let labels = labels.images[id] else { throw missing("image_id \(id)") }
      sample.imageLabels = labels
    }
    if let id = sample.texts.first?.id {
      guard let labels = labels.texts[id] else { throw missing("text_id \(id)") }
      sample.textLabels = labels
    }
    return sample
  }

  private func missing(_ id: String) -> DataError {
    .invalidSetting("\(labels.source) has no labels of \(id).")
  }

  /// The encoded bytes of a picture.
  public func imageData(for imageID: Int64) throws -> Data { try base.imageData(for: imageID) }
  /// The base's pictures.
  public func imageIDs() throws -> [Int64] { try base.imageIDs() }
}
