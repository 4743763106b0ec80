public import CLIPImages
public import Foundation

/// Every picture with one of its own texts, drawn anew in every epoch: a sentence of its report, as in
/// ConVIRT and GLoRIA.
///
/// All sentences of a picture are equally likely; an epoch has every picture once.
///
/// Source: Zhang et al., *ConVIRT*, 2020, section 2.2.
public struct DrawnTextSamples: SampleSource {
  private let dataset: any PairDataset
  private let pictures: [(id: Int64, captions: [Int])]
  private let captions: [Caption]
  private let altersText: Bool

  /// The pictures of a data set that have texts.
  ///
  /// - Parameters:
  ///   - dataset: where they come from.
  ///   - altersText: whether every text comes a second time, a little altered.
  /// - Throws: ``DataError``, also where no picture has a text.
  public init(_ dataset: any PairDataset, altersText: Bool = false) throws {
    self.dataset = dataset
    self.altersText = altersText
    captions = try dataset.captions()
    var own: [Int64: [Int]] = [:]
    for (place, caption) in captions.enumerated() {
      for id in caption.imageIDs { own[id, default: []].append(place) }
    }
    pictures = try dataset.imageIDs().compactMap { id in own[id].map { (id, $0) } }
    guard !pictures.isEmpty else {
      throw DataError.invalidSetting("No caption of \(dataset.source) names a picture.")
    }
  }

  /// Where the data lies.
  public var source: String { dataset.source }
  /// The number of pictures with texts.
  public var count: Int { pictures.count }

  /// The picture of an index with a text of the generator's.
  public func sample(at index: Int, using random: inout AugmentationRandom) throws -> Sample {
    let picture = pictures[index]
    let caption = captions[picture.captions[random.index(below: picture.captions.count)]]
    var texts = [Sample.Text(id: caption.textID, text: caption.text)]
    if altersText { texts.append(TextAlteration.altered(texts[0], using: &random)) }
    return Sample(imageID: picture.id, texts: texts)
  }

  /// The encoded bytes of a picture.
  public func imageData(for imageID: Int64) throws -> Data { try dataset.imageData(for: imageID) }
  /// The pictures that have texts.
  public func imageIDs() throws -> [Int64] { pictures.map(\.id) }
}
