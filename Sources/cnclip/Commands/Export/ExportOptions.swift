import ArgumentParser
import CLIPExport
import CLIPModels
import Foundation

/// What is exported, and where to.
struct ExportOptions: ParsableArguments {
  @OptionGroup var model: ModelSourceOptions

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where to write; files of the same names are replaced.", valueName: "folder"))
  var output: String

  @Option(help: "The beginning of the files' names; by default the model's name.")
  var name: String?

  @Option(help: "Only one encoder: image or text; by default both.")
  var only: ExportedEncoder?

  @Option(help: "Tokens of a text, padding included; by default the model's, mostly 52.")
  var contextLength: Int?

  /// The model's parts.
  ///
  /// - Throws: `ModelError`, `CheckpointError`.
  func open() throws -> ModelFiles {
    var files = try model.open()
    if let contextLength {
      let longest = files.configuration.text.maximumPositions
      guard (2...longest).contains(contextLength) else {
        throw CommandFailure(
          "--context-length must be from 2 to \(longest), the text encoder's positions, "
            + "not \(contextLength)")
      }
      files.configuration.contextLength = contextLength
    }
    return files
  }
}

extension ExportReport {
  /// The comparison as a table, then the files with their sizes.
  func lines() throws -> [String] {
    var table = Table([.left, .right, .right, .left])
    table.add("encoder", "cosine", "largest difference", "sample")
    for tower in towers {
      for check in tower.checks {
        let sample = check.sample.isEmpty ? "(empty)" : check.sample
        table.add(
          tower.encoder.rawValue, String(format: "%.7f", check.cosine),
          String(format: "%.1e", check.largestDifference),
          sample.count > 24 ? sample.prefix(23) + "…" : sample)
      }
    }
    let sizes = try files.map { file in
      let bytes = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int ?? 0
      let size =
        bytes < 100_000
        ? String(format: "%.1f kB", Double(bytes) / 1e3)
        : String(format: "%.1f MB", Double(bytes) / 1e6)
      return "\(file.relativePath)  \(size)"
    }
    return [table.text, ""] + sizes
  }
}
