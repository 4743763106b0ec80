public import CLIPImages
import Foundation

/// What a data set consists of, in numbers.
public struct DatasetStatistics: Sendable {
  /// Number of pictures.
  public let imageCount: Int
  /// Number of captions.
  public let captionCount: Int
  /// Number of pairs.
  public let pairCount: Int
  /// Number of captions that differ in more than letter case and outer blanks.
  public let distinctCaptionCount: Int
  /// Captions of more than 50 characters, which a context of 52 cuts.
  public let longCaptionCount: Int
  /// Pictures that could not be decoded.
  public let brokenImageIDs: [Int64]
  /// Pictures by file format.
  public let formats: [String: Int]
  /// Sum of the sizes of the picture files, in bytes.
  public let imageBytes: Int
  /// Lengths, sizes and counts.
  public let histograms: [Histogram]

  /// Reads all captions and decodes all pictures.
  ///
  /// - Parameters:
  ///   - dataset: what to look at.
  ///   - decoder: what decodes the pictures.
  ///   - progress: called with the number of pictures decoded, and their total.
  /// - Throws: ``DataError``.
  public init(
    of dataset: any PairDataset, decoder: ImageDecoder = ImageDecoder(),
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    let captions = try dataset.captions()
    let ids = try dataset.imageIDs()
    let pictures = concurrentMap(count: ids.count, progress: progress) {
      Picture(dataset, ids[$0], decoder)
    }
    let whole = pictures.filter { $0.width > 0 }
    imageCount = ids.count
    captionCount = captions.count
    pairCount = dataset.pairCount
    distinctCaptionCount = Set(captions.map { CaptionKey.normalized($0.text) }).count
    let lengths = captions.map { $0.text.unicodeScalars.count }
    longCaptionCount = lengths.count { $0 > 50 }
    brokenImageIDs = zip(ids, pictures).filter { $0.1.width == 0 }.map(\.0)
    formats = Dictionary(grouping: whole, by: \.format).mapValues(\.count)
    imageBytes = pictures.reduce(0) { $0 + $1.bytes }

    var captionsOfImage = Dictionary(ids.map { ($0, 0) }, uniquingKeysWith: { first, _ in first })
    for caption in captions {
      for id in caption.imageIDs { captionsOfImage[id, default: 0] += 1 }
    }
    histograms = [
      Histogram(lengths.map { Double($0) }, title: "caption length (characters)"),
      Histogram(
        captions.map { Double($0.imageIDs.count) }, title: "pictures of one caption"),
      Histogram(captionsOfImage.values.map { Double($0) }, title: "captions of one picture"),
      Histogram(whole.map { Double($0.width) }, title: "picture width (pixels)"),
      Histogram(whole.map { Double($0.height) }, title: "picture height (pixels)"),
      Histogram(
        whole.map { Double($0.width) / Double($0.height) }, title: "width divided by height",
        isWhole: false),
      Histogram(pictures.map { Double($0.bytes) / 1024 }, title: "picture file size (KiB)"),
    ]
  }

  /// What is kept of one picture; width 0 if it is broken.
  private struct Picture: Sendable {
    var width = 0
    var height = 0
    var bytes = 0
    var format = ""

    init(_ dataset: any PairDataset, _ id: Int64, _ decoder: ImageDecoder) {
      guard let data = try? dataset.imageData(for: id) else { return }
      bytes = data.count
      guard let header = try? decoder.header(of: data), (try? decoder.decode(data)) != nil else {
        return
      }
      format = header.format.rawValue
      width = header.width
      height = header.height
    }
  }
}
