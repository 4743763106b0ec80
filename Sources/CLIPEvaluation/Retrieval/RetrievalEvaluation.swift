public import CLIPData
public import CLIPModels

/// Recall of both directions on one data set.
public struct RetrievalScores: Sendable, Equatable {
  /// Texts find pictures.
  public let textToImage: Recall
  /// Pictures find texts.
  public let imageToText: Recall
  /// Pictures in the gallery.
  public let imageCount: Int
  /// Texts in the gallery.
  public let textCount: Int

  /// The average of both directions' means, 0 to 1: one number for choosing the best checkpoint.
  public var mean: Double { (textToImage.mean + imageToText.mean) / 2 }

  /// `{"text_to_image": {"r1": …, "r5": …, "r10": …, "mean_recall": …, …}, "image_to_text": {…}, …}`, in percent.
  public var json: String {
    """
    {"text_to_image": \(textToImage.json), "image_to_text": \(imageToText.json), \
    "mean_recall": \(mean * 100), "images": \(imageCount), "texts": \(textCount)}
    """
  }
}

/// Measures how well texts and pictures of a data set find each other over the whole set: what the
/// original needs five scripts for, and not the in-batch accuracy that its training prints.
///
/// ```swift
/// let dataset = try DatasetLocation.find("MUGE", split: "valid").open()
/// let evaluation = try RetrievalEvaluation(dataset)
/// let scores = try evaluation.run(CLIP.embedded())
/// print(scores.textToImage.mean)
/// ```
public struct RetrievalEvaluation: Sendable {
  /// The data set.
  public let dataset: any PairDataset
  /// Ids of the pictures: the gallery that texts search.
  public let imageIDs: [Int64]
  /// The captions: the gallery that pictures search.
  public let captions: [Caption]
  /// At which depths recall is counted.
  public var depths = Recall.usualDepths

  /// Reads the ids and captions of a data set.
  ///
  /// - Throws: ``EvaluationError/nothing(_:)`` for a set without pictures, captions, or any answer;
  ///   ``EvaluationError/invalidSetting(_:)`` when two captions share an id; `DataError`.
  public init(_ dataset: any PairDataset) throws {
    self.dataset = dataset
    imageIDs = try dataset.imageIDs()
    captions = try dataset.captions()
    guard !imageIDs.isEmpty, !captions.isEmpty else {
      throw EvaluationError.nothing("\(dataset.source) holds no pictures or no captions.")
    }
    guard captions.contains(where: { !$0.imageIDs.isEmpty }) else {
      throw EvaluationError.nothing(
        "No caption of \(dataset.source) names a picture, so there is nothing to compare with.")
    }
    var seen = Set<Int64>()
    if let twice = captions.first(where: { !seen.insert($0.textID).inserted }) {
      throw EvaluationError.repeatedText(id: twice.textID, source: dataset.source)
    }
  }

  /// Embeds everything and counts.
  ///
  /// - Parameters:
  ///   - model: what embeds.
  ///   - policy: whether a broken picture stops the evaluation or is left out of the gallery.
  ///   - warn: called with the id of each picture that is damaged but could be read, and a sentence.
  ///   - progress: called with the number of pictures embedded, and their total.
  /// - Returns: the recall of both directions.
  /// - Throws: ``EvaluationError``, `DataError` for a broken picture, and what the model throws.
  public func run(
    _ model: CLIP, policy: DamagePolicy = .fail,
    warn: (_ imageID: Int64, _ warning: String) -> Void = { _, _ in },
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> RetrievalScores {
    guard !model.interaction.needsTokens else {
      return try runByTokens(model, policy: policy, warn: warn, progress: progress)
    }
    let images = try embedImages(model, policy: policy, warn: warn, progress: progress)
    return try scores(images: images, texts: embedTexts(model))
  }

  /// The same for a model that compares tokens.
  private func runByTokens(
    _ model: CLIP, policy: DamagePolicy,
    warn: (_ imageID: Int64, _ warning: String) -> Void,
    progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> RetrievalScores {
    var ids: [Int64] = []
    var rows: [Features] = []
    try model.features(
      pictures: pictures, warn: { warn(imageIDs[$0], $1) },
      handle: { index, result in
        switch result {
        case .success(let features):
          ids.append(imageIDs[index])
          rows.append(features)
        case .failure(let error): try report(error, at: index, policy)
        }
        progress(index + 1, imageIDs.count)
      })
    return try scores(
      images: .concatenated(rows), imageIDs: ids,
      texts: model.features(texts: captions.map(\.text)),
      by: model.interaction)
  }

  private var pictures: [PictureInput] {
    let dataset = dataset
    return imageIDs.map { id in
      PictureInput(name: "picture \(id)") { try dataset.imageData(for: id) }
    }
  }

  private func report(_ error: any Error, at index: Int, _ policy: DamagePolicy) throws {
    guard policy == .fail else { return }
    throw (error as? DataError)
      ?? .brokenImage(id: imageIDs[index], source: dataset.source, reason: "\(error)")
  }

  /// Embeds the pictures, in order.
  ///
  /// - Throws: `DataError/brokenImage` for a broken picture under `DamagePolicy.fail`.
  public func embedImages(
    _ model: CLIP, policy: DamagePolicy = .fail,
    warn: (_ imageID: Int64, _ warning: String) -> Void = { _, _ in },
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> FeatureSet {
    var ids: [Int64] = []
    var values: [Float] = []
    values.reserveCapacity(imageIDs.count * model.embeddingDimension)
    try model.embed(
      pictures: pictures, warn: { warn(imageIDs[$0], $1) },
      handle: { index, result in
        switch result {
        case .success(let vector):
          ids.append(imageIDs[index])
          values += vector
        case .failure(let error): try report(error, at: index, policy)
        }
        progress(index + 1, imageIDs.count)
      })
    return try FeatureSet(
      ids: ids, embeddings: Embeddings(dimension: model.embeddingDimension, values: values))
  }

  /// Embeds the captions, in order.
  public func embedTexts(_ model: CLIP) throws -> FeatureSet {
    try FeatureSet(
      ids: captions.map(\.textID), embeddings: model.embed(texts: captions.map(\.text)))
  }

  /// Counts the recall of features that were computed elsewhere, in a training run for instance.
  ///
  /// - Parameters:
  ///   - images: unit vectors of the pictures; pictures that are missing are never found.
  ///   - texts: unit vectors of the captions.
  /// - Returns: the recall of both directions.
  /// - Throws: ``EvaluationError``, and `TorchError` when the device fails.
  public func scores(images: FeatureSet, texts: FeatureSet) throws -> RetrievalScores {
    try scores(
      textToImage: texts.rankings(in: images, deepest),
      imageToText: images.rankings(in: texts, deepest), imageIDs: images.ids,
      textCount: texts.ids.count)
  }

  /// The deepest place that counts.
  var deepest: Int { depths.max() ?? 10 }

  /// Counts rankings both ways.
  func scores(
    textToImage: [Ranking], imageToText: [Ranking], imageIDs: [Int64], textCount: Int
  ) throws -> RetrievalScores {
    let reference = RetrievalReference(captions)
    let available = Set(imageIDs)
    // A broken picture cannot be asked for its texts.
    let askable = RetrievalReference(
      direction: .imageToText,
      reference.inverted().queries.filter { available.contains($0.query) })
    return RetrievalScores(
      textToImage: try Recall(of: textToImage, against: reference, depths: depths),
      imageToText: try Recall(of: imageToText, against: askable, depths: depths),
      imageCount: imageIDs.count, textCount: textCount)
  }
}
