public import Foundation

/// Some captions of another data set, with their pictures.
public struct SubsetDataset: PairDataset {
  /// Where the data lies.
  public var source: String { base.source }
  /// Number of pairs.
  public var pairCount: Int { pairStarts[kept.count] }

  private let base: any PairDataset
  private let kept: [Caption]
  private let images: [Int64]
  private let pairStarts: [Int]

  /// Makes a subset.
  ///
  /// - Parameters:
  ///   - base: the data set that the pictures come from.
  ///   - captions: what to keep; ids of pictures must be among `imageIDs`.
  ///   - imageIDs: the pictures to keep, in order.
  public init(_ base: any PairDataset, captions: [Caption], imageIDs: [Int64]) {
    self.base = base
    kept = captions
    images = imageIDs
    var starts = [0]
    for caption in captions { starts.append(starts[starts.count - 1] + caption.imageIDs.count) }
    pairStarts = starts
  }

  /// One pair; see ``PairDataset/pair(at:)``.
  public func pair(at index: Int) throws -> CaptionPair {
    guard index >= 0, index < pairCount else {
      throw DataError.invalidSetting(
        "Pair \(index) was asked of \(source), which has \(pairCount).")
    }
    let place = pairStarts.lastStart(notAfter: index)
    let caption = kept[place]
    return CaptionPair(
      imageID: caption.imageIDs[index - pairStarts[place]], textID: caption.textID,
      text: caption.text)
  }

  /// The encoded bytes of a picture; see ``PairDataset/imageData(for:)``.
  public func imageData(for imageID: Int64) throws -> Data { try base.imageData(for: imageID) }

  /// The pictures that were kept.
  public func imageIDs() -> [Int64] { images }

  /// The captions that were kept.
  public func captions() -> [Caption] { kept }
}

extension [Int] {
  /// Of ascending starts with one entry more at the end: the last that is at most `index`.
  ///
  /// Captions without pictures start where the next one does and are passed over.
  func lastStart(notAfter index: Int) -> Int {
    var lower = 0
    var upper = count - 1
    while lower + 1 < upper {
      let middle = (lower + upper) / 2
      if self[middle] <= index { lower = middle } else { upper = middle }
    }
    return lower
  }
}
