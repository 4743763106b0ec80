package import CLIPModels
import Files
package import Foundation

/// Predictions on one data set as the original writes them for ELEVATER's leaderboard.
///
/// Source: the end of `cn_clip/eval/zeroshot_evaluation.py`: the same keys in the same order, the same
/// shape `[seeds, pictures, labels]`, every number rounded to six decimals.
package struct PredictionsFile: Sendable {
  /// `CN-CLIP-ViT-B-16`, for example.
  package var modelName: String
  /// The toolkit's name of the data set.
  package var datasetName: String
  /// Parameters that learned on this data set; 0 without training.
  package var trainableParameterCount = 0
  /// Parameters of the model.
  package var parameterCount: Int
  /// Parameters of the image encoder.
  package var visualParameterCount: Int
  /// Pictures of each label that were trained on; 0 without training, -1 for all.
  package var shotCount = 0
  /// One for each set of predictions.
  package var seeds = [123]
  /// Shares of the labels, one set for each seed.
  package var predictions: [LabelScores]

  /// Predictions of a model without training.
  package init(_ scores: LabelScores, of model: CLIP, dataset: String) {
    modelName = "CN-CLIP-" + model.name
    datasetName = dataset
    parameterCount = model.parameterCount
    visualParameterCount = model.imageParameterCount
    predictions = [scores]
  }

  /// Reads the leaderboard's order: a JSON list of rows.
  ///
  /// - Parameters:
  ///   - file: `index.json`.
  ///   - count: how many rows there are.
  /// - Returns: the rows, each at most once.
  /// - Throws: ``EvaluationError/badFile(path:problem:)`` for anything but numbers of rows.
  package static func order(in file: URL, count: Int) throws -> [Int] {
    let rows: [Int]
    do {
      rows = try JSONDecoder().decode([Int].self, from: Data(contentsOf: file))
    } catch {
      throw EvaluationError.badFile(path: file.path, problem: "it is no JSON list of whole numbers")
    }
    if let wrong = rows.first(where: { !(0..<count).contains($0) }) {
      throw EvaluationError.badFile(
        path: file.path,
        problem: "it names the row \(wrong), but there are \(count) pictures, numbered from 0")
    }
    guard Set(rows).count == rows.count, rows.count == count else {
      throw EvaluationError.badFile(
        path: file.path,
        problem: "it names \(Set(rows).count) different rows of \(count); a permutation is needed")
    }
    return rows
  }

  /// Writes the file; it appears when it is complete.
  ///
  /// - Parameters:
  ///   - url: `<dataset>.json`.
  ///   - order: the rows in the order in which they are written; as they are if nil.
  /// - Throws: ``EvaluationError`` when it cannot be written.
  package func write(to url: URL, order: [Int]? = nil) throws {
    try EvaluationError.wrapping {
      let file = try AtomicFile(url, makesFolder: true)
      try write(order: order) { try file.write($0) }
      try file.commit()
    }
  }

  /// The file's content, piece by piece, since a thousand labels make it large.
  ///
  /// - Parameters:
  ///   - order: the rows in the order in which they are written; as they are if nil.
  ///   - write: takes the pieces.
  /// - Throws: what `write` throws.
  func write(order: [Int]? = nil, _ write: (String) throws -> Void) throws {
    try write(
      """
      {"model_name": \(PythonJSON.string(modelName, ascii: true)), \
      "dataset_name": \(PythonJSON.string(datasetName, ascii: true)), \
      "num_trainable_params": \(trainableParameterCount), "num_params": \(parameterCount), \
      "num_visual_params": \(visualParameterCount), "num_backbone_params": \(parameterCount), \
      "n_shot": \(shotCount), "rnd_seeds": \(PythonJSON.list(seeds.map(Int64.init))), \
      "predictions": [
      """)
    for (index, scores) in predictions.enumerated() {
      try write(index == 0 ? "[" : ", [")
      let rows = order ?? Array(0..<scores.pictureCount)
      for (place, row) in rows.enumerated() {
        let numbers = scores[row].map(Self.rounded).joined(separator: ", ")
        try write(place == 0 ? "[\(numbers)]" : ", [\(numbers)]")
      }
      try write("]")
    }
    try write("]}")
  }

  /// A number as `round(float(x), 6)` and `json.dumps` leave it.
  static func rounded(_ value: Float) -> String {
    let scaled = Double(value) * 1e6
    let whole = scaled.rounded(.toNearestOrEven)
    // Near the middle between two, only the exact decimal expansion decides.
    guard abs(abs(scaled - scaled.rounded(.down)) - 0.5) < 1e-6 else {
      return String(whole / 1e6)
    }
    return String(Double(String(format: "%.6f", Double(value))) ?? whole / 1e6)
  }
}
