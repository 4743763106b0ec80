package import CLIPData
package import Foundation

/// A data set that hands out its pairs: TSV with JSON lines, LMDB, folders, tables of paths.
package struct DatasetSource: CleaningSource {
  package let path: String
  package let identity: String
  package let problems: [String]
  package let dataset: any PairDataset
  /// Ids of the pictures, in the order of their references.
  package let imageIDs: [Int64]
  private let places: IdentifierTable

  /// Rows and pictures of a part.
  package static let rowsPerPart = 4096
  package static let picturesPerPart = 1024

  package var rowParts: Int { (dataset.pairCount + Self.rowsPerPart - 1) / Self.rowsPerPart }
  package var pictureParts: Int {
    (imageIDs.count + Self.picturesPerPart - 1) / Self.picturesPerPart
  }

  /// - Parameters:
  ///   - dataset: an opened data set.
  ///   - files: what it lies in, to know it again.
  /// - Throws: `DataError`.
  package init(_ dataset: any PairDataset, files: [URL]) throws {
    self.dataset = dataset
    path = dataset.source
    imageIDs = try dataset.imageIDs()
    places = IdentifierTable(imageIDs)
    identity =
      Self.identity(of: files) + "\n\(dataset.source) \(dataset.pairCount) \(imageIDs.count)"
    problems =
      dataset.problems.map { "\($0)" } + (try Self.unpaired(dataset, places, imageIDs.count))
  }

  /// What no row holds: pictures without a text, and texts without a picture.
  private static func unpaired(
    _ dataset: any PairDataset, _ places: IdentifierTable, _ count: Int
  ) throws -> [String] {
    var isUsed = [Bool](repeating: false, count: count)
    var lonely: [Int64] = []
    for caption in try dataset.captions() {
      if caption.imageIDs.isEmpty { lonely.append(caption.textID) }
      for place in caption.imageIDs.compactMap(places.place) { isUsed[place] = true }
    }
    let ids = try dataset.imageIDs()
    return lonely.map { "\(dataset.source): text \($0) has no picture" }
      + isUsed.indices.filter { !isUsed[$0] }.map {
        "\(dataset.source): picture \(ids[$0]) has no text"
      }
  }

  /// The id of a picture.
  func imageID(of reference: PictureReference, firstPart: Int) -> Int64 {
    imageIDs[(reference.part - firstPart) * Self.picturesPerPart + reference.index]
  }

  package func rowCount(ofPart part: Int) -> Int { rows(part).count }
  package func pictureCount(ofPart part: Int) -> Int { pictures(part).count }

  package func rows(ofPart part: Int) -> any RowPart { Rows(source: self, range: rows(part)) }

  package func pictures(ofPart part: Int) -> any PicturePart {
    Pictures(source: self, range: pictures(part))
  }

  private func rows(_ part: Int) -> Range<Int> {
    let start = part * Self.rowsPerPart
    return start..<min(start + Self.rowsPerPart, dataset.pairCount)
  }

  private func pictures(_ part: Int) -> Range<Int> {
    let start = part * Self.picturesPerPart
    return start..<min(start + Self.picturesPerPart, imageIDs.count)
  }

  private struct Rows: RowPart {
    let source: DatasetSource
    let range: Range<Int>
    var count: Int { range.count }

    func row(at index: Int) throws -> CleaningRow {
      let pair = try source.dataset.pair(at: range.lowerBound + index)
      guard let place = source.places.place(of: pair.imageID) else {
        throw DataError.unknownImage(id: pair.imageID, source: source.path)
      }
      return CleaningRow(
        name: "text \(pair.textID), picture \(pair.imageID)", text: pair.text,
        textID: pair.textID,
        picture: PictureReference(
          part: place / DatasetSource.picturesPerPart, index: place % DatasetSource.picturesPerPart),
        address: nil)
    }
  }

  private struct Pictures: PicturePart {
    let source: DatasetSource
    let range: Range<Int>
    var count: Int { range.count }

    func data(at index: Int) throws -> Data {
      try source.dataset.imageData(for: source.imageIDs[range.lowerBound + index])
    }
  }
}
