public import CLIPImages

/// What a filter kept and what it left out.
public struct FilterResult: Sendable {
  /// The data set with what was kept.
  public let dataset: SubsetDataset
  /// Pictures that were left out, each with the reason, in order.
  public let droppedImages: [(imageID: Int64, reason: DropReason)]
  /// Captions that were left out, each with the reason, in order.
  public let droppedCaptions: [(textID: Int64, reason: DropReason)]
  /// Pairs that were left out though both sides were kept: the score was too low.
  public let droppedPairs: [(imageID: Int64, textID: Int64, reason: DropReason)]

  /// How often each reason applied, by its name.
  public var counts: [String: Int] {
    let reasons =
      droppedImages.map(\.reason) + droppedCaptions.map(\.reason) + droppedPairs.map(\.reason)
    return Dictionary(grouping: reasons, by: \.name).mapValues(\.count)
  }
}

extension PairFilter {
  /// Applies the filter.
  ///
  /// - Parameters:
  ///   - dataset: what to filter.
  ///   - decoder: what decodes the pictures, where a rule needs them.
  ///   - scores: gives each of some pairs a score, for ``minimumScore``; nil leaves that rule out.
  ///   - progress: called with the number of pictures decoded, and their total.
  /// - Returns: what was kept and what was left out.
  /// - Throws: ``DataError``, and what `scores` throws.
  public func apply(
    to dataset: any PairDataset, decoder: ImageDecoder = ImageDecoder(),
    scores: (([CaptionPair]) throws -> [Double])? = nil,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> FilterResult {
    let ids = try dataset.imageIDs()
    let captions = try dataset.captions()
    var imageReasons = try pictureReasons(of: dataset, ids, decoder, progress)
    if let maximumCaptionsPerPicture {
      var counts: [Int64: Int] = [:]
      for id in captions.flatMap(\.imageIDs) { counts[id, default: 0] += 1 }
      for (id, count) in counts where count > maximumCaptionsPerPicture {
        imageReasons[id] = imageReasons[id] ?? .pictureWithTooManyCaptions
      }
    }
    var kept: [Caption] = []
    var droppedCaptions: [(textID: Int64, reason: DropReason)] = []
    let frequencies = try captionFrequencies(captions)
    for caption in captions {
      let reason =
        reason(toDrop: caption.text)
        ?? (frequencies[CaptionKey.normalized(caption.text), default: 0]
          > maximumPicturesPerCaption ?? .max ? .captionOfTooManyPictures : nil)
      let images = caption.imageIDs.filter { imageReasons[$0] == nil }
      if let reason {
        droppedCaptions.append((caption.textID, reason))
      } else if images.isEmpty, !caption.imageIDs.isEmpty {
        droppedCaptions.append((caption.textID, .unpaired))
      } else {
        kept.append(Caption(textID: caption.textID, text: caption.text, imageIDs: images))
      }
    }
    var droppedPairs: [(imageID: Int64, textID: Int64, reason: DropReason)] = []
    if let minimumScore, let scores {
      (kept, droppedPairs) = try filtered(kept, by: scores, minimumScore)
    }
    let used = Set(kept.flatMap(\.imageIDs))
    let wasUsed = Set(captions.flatMap(\.imageIDs))
    for id in ids where imageReasons[id] == nil && wasUsed.contains(id) && !used.contains(id) {
      imageReasons[id] = .unpaired
    }
    let keptIDs = ids.filter { imageReasons[$0] == nil }
    return FilterResult(
      dataset: SubsetDataset(dataset, captions: kept, imageIDs: keptIDs),
      droppedImages: ids.compactMap { id in imageReasons[id].map { (id, $0) } },
      droppedCaptions: droppedCaptions, droppedPairs: droppedPairs)
  }

  /// How many pictures each text belongs to, over all captions with that text.
  private func captionFrequencies(_ captions: [Caption]) throws -> [String: Int] {
    guard maximumPicturesPerCaption != nil else { return [:] }
    return Dictionary(
      captions.map { (CaptionKey.normalized($0.text), $0.imageIDs.count) }, uniquingKeysWith: +)
  }

  private func pictureReasons(
    of dataset: any PairDataset, _ ids: [Int64], _ decoder: ImageDecoder,
    _ progress: (Int, Int) -> Void
  ) throws -> [Int64: DropReason] {
    guard needsPictures else { return [:] }
    let filter = self
    let findings = concurrentMap(count: ids.count, progress: progress) {
      index -> (reason: DropReason?, fingerprint: PictureFingerprint?) in
      guard let data = try? dataset.imageData(for: ids[index]),
        let image = try? decoder.decode(data)
      else { return (.undecodable, nil) }
      if let reason = filter.reason(toDropWidth: image.width, height: image.height) {
        return (reason, nil)
      }
      guard filter.removesNearDuplicates else { return (nil, nil) }
      return (nil, PictureFingerprint(image.convertedToRGB()))
    }
    var reasons: [Int64: DropReason] = [:]
    let equals = EqualPictures.firstEqual(findings.map(\.fingerprint))
    for (index, id) in ids.enumerated() {
      reasons[id] = findings[index].reason ?? equals[index].map { .nearDuplicate(of: ids[$0]) }
    }
    return reasons
  }

  private func filtered(
    _ captions: [Caption], by scores: ([CaptionPair]) throws -> [Double], _ minimum: Double
  ) throws -> (kept: [Caption], dropped: [(imageID: Int64, textID: Int64, reason: DropReason)]) {
    let pairs = captions.flatMap { caption in
      caption.imageIDs.map { CaptionPair(imageID: $0, textID: caption.textID, text: caption.text) }
    }
    let values = try scores(pairs)
    guard values.count == pairs.count else {
      throw DataError.invalidSetting(
        "A score for each of \(pairs.count) pairs was expected, \(values.count) came.")
    }
    var kept: [Caption] = []
    var dropped: [(imageID: Int64, textID: Int64, reason: DropReason)] = []
    var next = 0
    for caption in captions {
      var images: [Int64] = []
      for id in caption.imageIDs {
        if values[next] >= minimum {
          images.append(id)
        } else {
          dropped.append((id, caption.textID, .lowScore))
        }
        next += 1
      }
      if !images.isEmpty || caption.imageIDs.isEmpty {
        kept.append(Caption(textID: caption.textID, text: caption.text, imageIDs: images))
      }
    }
    return (kept, dropped)
  }
}
