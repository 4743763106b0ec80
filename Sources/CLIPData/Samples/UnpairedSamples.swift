public import CLIPImages
public import Foundation

/// Pictures with texts drawn from all texts, whatever belongs together in the data set.
///
/// What fits is told by labels of both (``LabelledSamples``), as in MedCLIP, which trains on pictures
/// without reports and reports without pictures. Every picture comes equally often, but for one; an
/// epoch may have more samples than there are pictures.
///
/// Source: Wang et al., 2022, *MedCLIP*, section 3.
public struct UnpairedSamples: SampleSource {
  private let dataset: any PairDataset
  private let images: [Int64]
  private let captions: [Caption]
  private let altersText: Bool
  /// The number of samples of an epoch.
  public let count: Int

  /// The pictures and the texts of a data set; pictures without captions and captions without
  /// pictures are among them.
  ///
  /// - Parameters:
  ///   - dataset: where they come from.
  ///   - epoch: samples of an epoch; the number of pictures if nil.
  ///   - altersText: whether every text comes a second time, a little altered (``TextAlteration``).
  /// - Throws: ``DataError``, also where there are no pictures or no texts.
  public init(_ dataset: any PairDataset, epoch: Int? = nil, altersText: Bool = false) throws {
    self.dataset = dataset
    self.altersText = altersText
    images = try dataset.imageIDs()
    captions = try dataset.captions()
    count = epoch ?? images.count
    guard !images.isEmpty, !captions.isEmpty else {
      throw DataError.invalidSetting("\(dataset.source) holds no pictures or no captions.")
    }
    guard count > 0 else { throw DataError.invalidSetting("An epoch needs a sample at least.") }
  }

  /// Where the data lies.
  public var source: String { dataset.source }

  /// The picture of an index with a text of the generator's.
  public func sample(at index: Int, using random: inout AugmentationRandom) throws -> Sample {
    let caption = captions[random.index(below: captions.count)]
    var texts = [Sample.Text(id: caption.textID, text: caption.text)]
    if altersText { texts.append(TextAlteration.altered(texts[0], using: &random)) }
    return Sample(imageID: images[index % images.count], texts: texts)
  }

  /// The encoded bytes of a picture.
  public func imageData(for imageID: Int64) throws -> Data { try dataset.imageData(for: imageID) }
  /// The pictures of the data set.
  public func imageIDs() throws -> [Int64] { images }
}
