/// Keeps pairs with one picture or one caption out of each other's batches.
///
/// Where captions repeat (class names, product titles), a batch holds a picture's true caption several times,
/// and contrastive training calls all but one of them wrong.
/// Multi-positive targets repair the loss; spreading avoids the case.
public struct DuplicateKeys: Sendable {
  private let imageKeys: [UInt64]
  private let textKeys: [UInt64]

  /// Reads the keys of all pairs of a data set: its picture ids and normalised captions.
  ///
  /// - Throws: ``DataError``.
  public init(_ dataset: any PairDataset) throws {
    var imageKeys: [UInt64] = []
    var textKeys: [UInt64] = []
    for caption in try dataset.captions() {
      let key = CaptionKey.key(of: caption.text)
      for id in caption.imageIDs {
        imageKeys.append(UInt64(bitPattern: id))
        textKeys.append(key)
      }
    }
    self.imageKeys = imageKeys
    self.textKeys = textKeys
  }

  /// How far ahead a replacement is looked for, in entries.
  private static let reach = 4096

  /// Exchanges entries that would meet an equal one in their batch with later ones that fit.
  ///
  /// What cannot be placed within reach stays.
  func spread(_ permutation: inout [UInt32], batchSize: Int, pairCount: Int) {
    guard imageKeys.count == pairCount else { return }
    for start in stride(from: 0, to: permutation.count, by: batchSize) {
      let end = start + batchSize
      var images = Set<UInt64>(minimumCapacity: batchSize)
      var texts = Set<UInt64>(minimumCapacity: batchSize)
      func fits(_ entry: UInt32) -> Bool {
        let pair = Int(entry) % pairCount
        return !images.contains(imageKeys[pair]) && !texts.contains(textKeys[pair])
      }
      for position in start..<end {
        if !fits(permutation[position]) {
          let candidates = end..<min(permutation.count, end + Self.reach)
          if let other = candidates.first(where: { fits(permutation[$0]) }) {
            permutation.swapAt(position, other)
          }
        }
        let pair = Int(permutation[position]) % pairCount
        images.insert(imageKeys[pair])
        texts.insert(textKeys[pair])
      }
    }
  }
}
