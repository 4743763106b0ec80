public import CLIPImages
public import Foundation

/// What training draws at once: mostly one picture with one text.
public struct Sample: Sendable, Equatable {
  /// A text with its id.
  public struct Text: Sendable, Equatable {
    /// The text's id in the data set.
    public var id: Int64
    /// The text as written, before any normalisation.
    public var text: String

    /// Names the two.
    public init(id: Int64, text: String) {
      self.id = id
      self.text = text
    }
  }

  /// The picture's id; nil: there is no picture.
  public var imageID: Int64?
  /// Texts of the picture: one, or several that are all compared with it; none for pictures alone.
  public var texts: [Text]
  /// What is known of the picture, as numbers in an order of the data's own.
  public var imageLabels: [Float]?
  /// What is known of the texts, in the same order.
  public var textLabels: [Float]?
  /// What a teacher reads in the first text's place, in another language for example.
  public var taught: String?

  /// Names the parts.
  public init(
    imageID: Int64?, texts: [Text], imageLabels: [Float]? = nil, textLabels: [Float]? = nil,
    taught: String? = nil
  ) {
    self.imageID = imageID
    self.texts = texts
    self.imageLabels = imageLabels
    self.textLabels = textLabels
    self.taught = taught
  }
}

/// Where training draws samples from.
///
/// What it draws depends on the index and the generator alone, which is a function of seed, epoch and
/// row: so a run that is resumed draws what it would have drawn. All members may be called from
/// several threads at once.
public protocol SampleSource: Sendable {
  /// Where the data lies, for messages.
  var source: String { get }
  /// How many samples an epoch has.
  var count: Int { get }
  /// The pairs behind the samples, if each sample is one of them: what tells duplicates apart.
  var pairs: (any PairDataset)? { get }

  /// How its samples lie, where they are too many to be drawn in any order; nil: they are not.
  var plan: SamplingPlan? { get }

  /// Draws a sample.
  ///
  /// - Parameters:
  ///   - index: 0 ..< ``count``.
  ///   - random: of this row of this epoch; augmentation goes on with it.
  /// - Returns: the sample; all of one source have the same parts.
  /// - Throws: ``DataError``.
  func sample(at index: Int, using random: inout AugmentationRandom) throws -> Sample

  /// The encoded bytes of a picture (a JPEG file, say).
  ///
  /// - Throws: ``DataError/unknownImage(id:source:)``, ``DataError/brokenImage(id:source:reason:)``.
  func imageData(for imageID: Int64) throws -> Data

  /// Ids of all pictures that samples may have, each once.
  ///
  /// - Throws: ``DataError``.
  func imageIDs() throws -> [Int64]
}

extension SampleSource {
  /// There are none.
  public var pairs: (any PairDataset)? { nil }
  /// They may be drawn in any order.
  public var plan: SamplingPlan? { nil }
}

/// The pairs of a data set, one after another: nothing is left to chance.
public struct PairedSamples: SampleSource {
  private let dataset: any PairDataset

  /// The pairs of a data set.
  public init(_ dataset: any PairDataset) {
    self.dataset = dataset
  }

  /// Where the data lies.
  public var source: String { dataset.source }
  /// The number of pairs.
  public var count: Int { dataset.pairCount }
  /// The data set.
  public var pairs: (any PairDataset)? { dataset }

  /// The pair of an index.
  public func sample(at index: Int, using random: inout AugmentationRandom) throws -> Sample {
    let pair = try dataset.pair(at: index)
    return Sample(
      imageID: pair.imageID, texts: [Sample.Text(id: pair.textID, text: pair.text)])
  }

  /// The encoded bytes of a picture.
  public func imageData(for imageID: Int64) throws -> Data {
    try dataset.imageData(for: imageID)
  }

  /// The pictures of the data set.
  public func imageIDs() throws -> [Int64] { try dataset.imageIDs() }
}
