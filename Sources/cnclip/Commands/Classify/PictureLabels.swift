import CLIPModels
import Files
import Foundation

/// The labels of one picture, best first.
struct PictureLabels {
  struct Entry {
    let label: String
    /// The share among the labels given.
    let probability: Float
    let cosine: Float
    /// The share against sentences about pictures in general.
    let alone: Float
  }

  let image: String
  private(set) var labels: [Entry]

  init(
    image: String, labels names: [String], scores: ZeroShotClassifier.Scores,
    background: [Float], scale: LogitScale
  ) {
    self.image = image
    labels = scores.ranking.map { place in
      Entry(
        label: names[place], probability: scores.probabilities[place],
        cosine: scores.cosines[place],
        alone: BackgroundPrompts.probability(
          of: scores.cosines[place], against: background, scale: scale))
    }
  }

  /// What is to be shown.
  func filtered(minimum: Float?, top: Int?) -> PictureLabels {
    var copy = self
    if let minimum { copy.labels.removeAll { $0.cosine < minimum } }
    if let top { copy.labels = Array(copy.labels.prefix(top)) }
    return copy
  }

  /// The best label's place among all, if any is left.
  func best(in names: [String]) -> Int? {
    labels.first.flatMap { names.firstIndex(of: $0.label) }
  }

  /// One line, keys in the order of the documentation.
  var json: String {
    let entries = labels.map {
      """
      {"label": \(PythonJSON.string($0.label)), "probability": \($0.probability), \
      "cosine": \($0.cosine), "alone": \($0.alone)}
      """
    }
    return """
      {"image": \(PythonJSON.string(image)), "labels": [\(entries.joined(separator: ", "))]}
      """
  }

  func table(minimum: Float?) -> String {
    guard !labels.isEmpty else {
      return "\(image)\n  no label has a cosine of \(minimum ?? 0) or more"
    }
    var table = Table([.left, .right, .left, .right, .right])
    for entry in labels {
      table.add(
        "  " + entry.label, String(format: "%.1f%%", 100 * entry.probability),
        String(repeating: "█", count: Int((entry.probability * 20).rounded())),
        String(format: "alone %.1f%%", 100 * entry.alone),
        String(format: "cosine %.3f", entry.cosine))
    }
    return "\(image)\n\(table.text)"
  }
}
