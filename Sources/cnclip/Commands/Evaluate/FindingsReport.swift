import CLIPEvaluation
import Files
import Foundation

/// What `cnclip evaluate findings` says.
struct FindingsReport {
  private let labels: [String]
  private var methods: [(name: String, results: [FindingsEvaluation.Result])] = []
  /// Precision at depths; nil where it is not defined.
  var textToImage: [(depth: Int, share: Double?)] = []
  var imageToImage: [(depth: Int, share: Double?)] = []

  init(labels: [String]) {
    self.labels = labels
  }

  mutating func add(_ name: String, _ results: [FindingsEvaluation.Result]) {
    methods.append((name, results))
  }

  static func percent(_ share: Double) -> String {
    let number = 100 * share
    return number == number.rounded() ? "\(Int(number)) %" : "\(number) %"
  }

  private static func mean(_ values: [Double?]) -> Double? {
    let known = values.compactMap(\.self)
    return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
  }

  private static func cell(_ value: Double?) -> String {
    value.map { String(format: "%.2f", 100 * $0) } ?? "–"
  }

  var text: String {
    var table = Table([.left] + methods.map { _ in .right })
    table.add(cells: ["ROC AUC, percent"] + methods.map(\.name))
    for (place, label) in labels.enumerated() {
      table.add(
        cells: [label] + methods.map { Self.cell(Self.mean($0.results.map { $0.areas[place] })) })
    }
    table.add(cells: ["mean"] + methods.map { Self.cell(Self.mean($0.results.map(\.meanArea))) })
    table.add(
      cells: ["accuracy, one label"]
        + methods.map { Self.cell(Self.mean($0.results.map(\.accuracy))) })
    var retrieval = Table([.left] + textToImage.map { _ in .right })
    retrieval.add(cells: ["precision at"] + textToImage.map { "\($0.depth)" })
    retrieval.add(cells: ["label → image"] + textToImage.map { Self.cell($0.share) })
    retrieval.add(cells: ["image → image"] + imageToImage.map { Self.cell($0.share) })
    let exclusive = methods.first?.results.first?.exclusiveCount ?? 0
    return "\(table.text)\n\(retrieval.text)\n\(exclusive) pictures have exactly one label"
  }

  private static func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "null" }

  var json: String {
    let methods = methods.map { name, results in
      let areas = labels.enumerated().map { place, label in
        "\(PythonJSON.string(label)): \(Self.number(Self.mean(results.map { $0.areas[place] })))"
      }
      return """
        {"method": \(PythonJSON.string(name)), \
        "mean_auroc": \(Self.number(Self.mean(results.map(\.meanArea)))), \
        "accuracy": \(Self.number(Self.mean(results.map(\.accuracy)))), \
        "exclusive": \(results.first?.exclusiveCount ?? 0), "runs": \(results.count), \
        "auroc": {\(areas.joined(separator: ", "))}}
        """
    }
    func precision(_ entries: [(depth: Int, share: Double?)]) -> String {
      entries.map { "\"\($0.depth)\": \(Self.number($0.share))" }.joined(separator: ", ")
    }
    return """
      {"methods": [\(methods.joined(separator: ", "))], \
      "precision": {"label_to_image": {\(precision(textToImage))}, \
      "image_to_image": {\(precision(imageToImage))}}}
      """
  }
}
