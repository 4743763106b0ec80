public import CLIPModels
import Foundation
import Torch

/// Measures how well a model names the pictures of a data set that it was not trained on.
///
/// ```swift
/// let data = try ClassFolders(URL(filePath: "eurosat_clip"))
/// let result = try ZeroShotEvaluation(data).run(CLIP.embedded())
/// print(result.metrics.top1, result.metrics.meanPerClass)
/// ```
public struct ZeroShotEvaluation: Sendable {
  /// The pictures and labels.
  public let data: ClassFolders
  /// The templates; those of the data set's family by default.
  public var prompts: PromptSet
  /// How templates become one answer.
  public var ensemble = PromptEnsemble.meanEmbedding
  /// What cosines are multiplied by before the softmax: the original's 100, so that files compare equal.
  public var scale = ZeroShotClassifier.originalScale

  /// Whether each label's scores are first brought to mean 0 and deviation 1 over all pictures, as
  /// GLoRIA's published code does: then what a picture gets depends on the others.
  public var isTransductive = false

  /// An evaluation with the templates of the data set's family.
  ///
  /// - Throws: `ModelError` when the package's templates are missing.
  public init(_ data: ClassFolders) throws {
    self.data = data
    prompts = try .bundled(DatasetFamily.templates(for: data.name))
  }

  /// Embeds the pictures.
  ///
  /// - Parameters:
  ///   - data: the pictures.
  ///   - model: what embeds.
  ///   - progress: called with the number of pictures done.
  /// - Returns: the embeddings of those that could be read, and the others by name.
  /// - Throws: what the model throws.
  public static func embed(
    _ data: ClassFolders, _ model: CLIP, progress: (_ done: Int) -> Void = { _ in }
  ) throws -> EmbeddedPictures {
    try gather(data, dimension: model.embeddingDimension) { warn, handle in
      try model.embed(
        pictures: data.inputs, warn: warn,
        handle: { index, outcome in
          handle(index, outcome.map(Array.init))
          progress(index + 1)
        })
    }
  }

  /// What became of every picture of a data set.
  private static func gather(
    _ data: ClassFolders, dimension: Int,
    _ read: (
      _ warn: (Int, String) -> Void, _ handle: (Int, Result<[Float], any Error>) -> Void
    ) throws -> Void
  ) throws -> EmbeddedPictures {
    var values: [Float] = []
    values.reserveCapacity(data.pictures.count * dimension)
    var rows: [Int] = []
    var unreadable: [EmbeddedPictures.Problem] = []
    var damaged: [EmbeddedPictures.Problem] = []
    try read(
      { index, warning in damaged.append(.init(path: data.pictures[index].path, reason: warning)) },
      { index, outcome in
        switch outcome {
        case .success(let vector):
          rows.append(index)
          values += vector
        case .failure(let error):
          unreadable.append(.init(path: data.pictures[index].path, reason: "\(error)"))
        }
      })
    guard !rows.isEmpty else {
      throw EvaluationError.nothing(
        "None of the \(data.pictures.count) pictures of \(data.name) could be read; the first: "
          + "\(unreadable.first?.reason ?? "")")
    }
    return EmbeddedPictures(
      paths: rows.map { data.pictures[$0].path }, labels: rows.map { data.pictures[$0].label },
      embeddings: Embeddings(dimension: dimension, values: values), unreadable: unreadable,
      damaged: damaged)
  }

  /// Embeds pictures and labels, and scores.
  ///
  /// - Parameters:
  ///   - model: what embeds.
  ///   - progress: called with the number of pictures done.
  /// - Returns: scores of every picture that could be read.
  /// - Throws: ``EvaluationError``, and what the model throws.
  public func run(
    _ model: CLIP, progress: (_ done: Int) -> Void = { _ in }
  ) throws -> ZeroShotResult {
    try measure(model, progress: progress).result
  }

  /// The same with the embedded pictures.
  ///
  /// A model that compares tokens scores each picture as it comes, with its own factor: tokens of a whole
  /// data set would not fit into memory.
  public func measure(
    _ model: CLIP, progress: (_ done: Int) -> Void = { _ in }
  ) throws -> (result: ZeroShotResult, pictures: EmbeddedPictures) {
    guard model.interaction.needsTokens else {
      let pictures = try Self.embed(data, model, progress: progress)
      return (try score(pictures, model), pictures)
    }
    let classifier = try ZeroShotClassifier(
      labels: data.labels, prompts: prompts, ensemble: ensemble, model: model)
    var scores: [ZeroShotClassifier.Scores] = []
    let pictures = try Self.gather(data, dimension: model.embeddingDimension) { warn, handle in
      try model.features(
        pictures: data.inputs, warn: warn,
        handle: { index, outcome in
          switch outcome {
          case .success(let features):
            scores += try classifier(features)
            handle(index, .success(try features.embedding.to(.float32).scalars()))
          case .failure(let error): handle(index, .failure(error))
          }
          progress(index + 1)
        })
    }
    return (try result(of: scores, classifier, pictures), pictures)
  }

  /// Scores pictures that were embedded before, with other templates for instance.
  ///
  /// - Throws: ``EvaluationError``, and what the model throws.
  public func score(_ pictures: EmbeddedPictures, _ model: CLIP) throws -> ZeroShotResult {
    let classifier = try ZeroShotClassifier(
      labels: data.labels, prompts: prompts, ensemble: ensemble, model: model, scale: scale)
    var scores: [ZeroShotClassifier.Scores] = []
    scores.reserveCapacity(pictures.labels.count)
    for start in stride(from: 0, to: pictures.embeddings.count, by: 1024) {
      let rows = start..<min(start + 1024, pictures.embeddings.count)
      let part = Embeddings(
        dimension: pictures.embeddings.dimension,
        values: Array(
          pictures.embeddings.values[
            rows.lowerBound * pictures.embeddings.dimension..<rows.upperBound
              * pictures.embeddings.dimension]))
      scores += try classifier(part)
    }
    return try result(of: scores, classifier, pictures)
  }

  private func result(
    of scores: [ZeroShotClassifier.Scores], _ classifier: ZeroShotClassifier,
    _ pictures: EmbeddedPictures
  ) throws -> ZeroShotResult {
    var probabilities = scores.flatMap(\.probabilities)
    var cosines = scores.flatMap(\.cosines)
    if isTransductive {
      cosines = Self.standardized(cosines, labels: data.labels.count)
      probabilities = stride(from: 0, to: cosines.count, by: data.labels.count).flatMap {
        classifier.scale.probabilities(of: cosines[$0..<$0 + data.labels.count])
      }
    }
    let positives = pictures.positives()
    return ZeroShotResult(
      probabilities: try LabelScores(
        probabilities, labelCount: data.labels.count, targets: pictures.labels,
        positives: positives),
      cosines: try LabelScores(
        cosines, labelCount: data.labels.count, targets: pictures.labels, positives: positives),
      metric: .elevater(for: data.name), prompts: prompts)
  }
}

extension ZeroShotEvaluation {
  /// Scores, `[pictures][labels]`, each column with mean 0 and deviation 1; equal ones become 0.
  package static func standardized(_ scores: [Float], labels: Int) -> [Float] {
    var result = scores
    let rows = scores.count / labels
    for label in 0..<labels {
      let column = (0..<rows).map { Double(scores[$0 * labels + label]) }
      let mean = column.reduce(0, +) / Double(rows)
      let variance = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows)
      for row in 0..<rows {
        let deviation = variance.squareRoot()
        result[row * labels + label] =
          deviation > 0 ? Float((column[row] - mean) / deviation) : 0
      }
    }
    return result
  }
}

/// Pictures with known labels, embedded.
public struct EmbeddedPictures: Sendable {
  /// A picture with which something is wrong.
  public struct Problem: Sendable, Hashable {
    /// Where it is.
    public let path: String
    /// What is wrong with it.
    public let reason: String
  }

  /// The files.
  public let paths: [String]
  /// The label of each.
  public let labels: [Int]
  /// Unit vectors, one a picture.
  public let embeddings: Embeddings
  /// What could not be read and is missing.
  public let unreadable: [Problem]
  /// What was read though it is damaged.
  public let damaged: [Problem]

  /// The labels of each picture; a picture that lies in several class folders, byte for byte, has
  /// several, as in VOC-2007.
  func positives() -> [Set<Int>] {
    var all = [Set<Int>](labels.map { [$0] })
    // Equal pictures have equal vectors, so only these need to be read again.
    let groups = Dictionary(grouping: labels.indices) { embeddings[$0].first ?? 0 }
    for group in groups.values where Set(group.map { labels[$0] }).count > 1 {
      for (place, index) in group.enumerated() {
        for other in group[(place + 1)...] where embeddings[index] == embeddings[other] {
          guard FileManager.default.contentsEqual(atPath: paths[index], andPath: paths[other])
          else { continue }
          all[index].insert(labels[other])
          all[other].insert(labels[index])
        }
      }
    }
    return all
  }
}
