public import CLIPImages
public import Foundation

/// Every picture with a text drawn from all texts, whatever belongs together in the data set.
///
/// What fits is told by labels of both (``LabelledSamples``), as in MedCLIP, which trains on pictures
/// without reports and reports without pictures. An epoch has every picture once.
///
/// Source: Wang et al., 2022, *MedCLIP*, section 3.
public struct UnpairedSamples: SampleSource {
  private let dataset: any PairDataset
  private let images: [Int64]
  private let captions: [Caption]

  /// The pictures and the texts of a data set; pictures without captions and captions without
  /// pictures are among them.
  ///
  /// - Throws: ``DataError``, also where there are no pictures or no texts.
  public init(_ dataset: any PairDataset) throws {
    self.dataset = dataset
    images = try dataset.imageIDs()
    captions = try dataset.captions()
    guard !images.isEmpty, !captions.isEmpty else {
      throw DataError.invalidSetting("\(dataset.source) holds no pictures or no captions.")
    }
  }

  /// Where the data lies.
  public var source: String { dataset.source }
  /// The number of pictures.
  public var count: Int { images.count }

  /// The picture of an index with a text of the generator's.
  public func sample(at index: Int, using random: inout AugmentationRandom) throws -> Sample {
    let caption = captions[random.index(below: captions.count)]
    return Sample(
      imageID: images[index], texts: [Sample.Text(id: caption.textID, text: caption.text)])
  }

  /// The encoded bytes of a picture.
  public func imageData(for imageID: Int64) throws -> Data { try dataset.imageData(for: imageID) }
  /// The pictures of the data set.
  public func imageIDs() throws -> [Int64] { images }
}
