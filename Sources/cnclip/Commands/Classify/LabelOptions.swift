import ArgumentParser
import CLIPEvaluation
import Foundation

/// The options that name the labels.
struct LabelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The labels, with commas between: 猫,狗.", valueName: "words"))
  var labels: String?

  @Option(help: ArgumentHelp("A file with one label a line.", valueName: "file"))
  var labelsFile: String?

  func validate() throws {
    guard (labels == nil) != (labelsFile == nil) else {
      throw ValidationError("Name the labels with --labels 猫,狗 or with --labels-file FILE.")
    }
  }

  /// The labels in their order.
  ///
  /// - Throws: `ValidationError` for none, or one that is there twice.
  func read() throws -> [String] {
    let names =
      try labelsFile.map { try ClassFolders.labels(in: URL(filePath: $0)) }
      ?? (labels ?? "").split(separator: /[,，]/).map {
        $0.trimmingCharacters(in: .whitespaces)
      }.filter { !$0.isEmpty }
    guard !names.isEmpty else { throw ValidationError("There is no label in --labels.") }
    var seen = Set<String>()
    if let twice = names.first(where: { !seen.insert($0).inserted }) {
      throw ValidationError("The label '\(twice)' is there twice.")
    }
    return names
  }
}
