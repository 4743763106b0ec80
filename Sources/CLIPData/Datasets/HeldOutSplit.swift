/// Two parts of one data set that share no picture: one to train on, one to measure with.
public struct HeldOutSplit: Sendable {
  /// The larger part.
  public let training: SubsetDataset
  /// The part held out.
  public let heldOut: SubsetDataset

  /// Divides pictures at random; captions go with their pictures, so a caption of several pictures (a class's
  /// name, say) may be in both parts.
  ///
  /// - Parameters:
  ///   - dataset: what to divide.
  ///   - share: share of pictures to hold out, 0 to 1.
  ///   - seed: equal seeds give equal parts.
  /// - Throws: ``DataError``.
  public init(_ dataset: any PairDataset, share: Double, seed: UInt64 = 123) throws {
    let ids = try dataset.imageIDs()
    let isShare = share > 0 && share < 1
    let count = isShare ? Int((Double(ids.count) * share).rounded()) : 0
    guard count > 0, count < ids.count else {
      throw DataError.invalidSetting(
        "Holding out \(share) of \(ids.count) pictures leaves one part without any.")
    }
    let order = MersenneTwister.permutation(
      of: ids.count, seed: UInt32(truncatingIfNeeded: seed))
    let held = Set(order.prefix(count).map { ids[Int($0)] })
    let captions = try dataset.captions()
    func part(_ belongs: (Int64) -> Bool) -> SubsetDataset {
      SubsetDataset(
        dataset,
        captions: captions.compactMap { caption in
          let images = caption.imageIDs.filter(belongs)
          guard !images.isEmpty else { return nil }
          return Caption(textID: caption.textID, text: caption.text, imageIDs: images)
        },
        imageIDs: ids.filter(belongs))
    }
    training = part { !held.contains($0) }
    heldOut = part { held.contains($0) }
  }
}
