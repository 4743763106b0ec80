public import CLIPEvaluation
public import CLIPModels

/// Measures a model while it is trained: what decides which model is the best.
public protocol ModelEvaluation {
  /// Measures a model; every worker measures the same one.
  ///
  /// - Parameters:
  ///   - model: ready for use; it is for the time of this call.
  ///   - progress: to be called with what is done and what there is.
  /// - Returns: the scores.
  /// - Throws: what keeps the model from being measured, which ends the run.
  func scores(
    of model: CLIP, progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> ModelScores
}

/// What an evaluation found.
public struct ModelScores: Sendable {
  /// The one number that is to rise, in percent: a mean recall, or an accuracy.
  public var score: Double
  /// Recall of pictures by texts, in percent, by its name, as `r1`.
  public var textToImage: [String: Double]
  /// Recall of texts by pictures, in percent, by its name.
  public var imageToText: [String: Double]
  /// How many pictures were there.
  public var images: Int
  /// How many texts were there.
  public var texts: Int

  /// Names the numbers; only the score decides anything.
  public init(
    score: Double, textToImage: [String: Double] = [:], imageToText: [String: Double] = [:],
    images: Int = 0, texts: Int = 0
  ) {
    self.score = score
    self.textToImage = textToImage
    self.imageToText = imageToText
    self.images = images
    self.texts = texts
  }

  /// Recall both ways.
  public init(_ scores: RetrievalScores) {
    self.init(
      score: scores.mean * 100, textToImage: Self.percents(scores.textToImage),
      imageToText: Self.percents(scores.imageToText), images: scores.imageCount,
      texts: scores.textCount)
  }

  private static func percents(_ recall: Recall) -> [String: Double] {
    Dictionary(
      recall.entries.map { ("r\($0.depth)", $0.share * 100) },
      uniquingKeysWith: { first, _ in first })
  }
}

extension RetrievalEvaluation: ModelEvaluation {
  /// Recall over the whole set, embedded by this worker alone.
  public func scores(
    of model: CLIP, progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> ModelScores {
    ModelScores(try run(model, progress: progress))
  }
}
