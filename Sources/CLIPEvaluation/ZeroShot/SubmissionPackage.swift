import Checkpoints
package import Foundation

/// `all_predictions.zip`: the predictions on several data sets in the form that ELEVATER's leaderboard
/// takes.
///
/// Source: `commands/prepare_submit.py` of Elevater_Toolkit_IC: `{"data": [predictions…]}` as
/// `all_predictions.json` in a zip archive.
package enum SubmissionPackage {
  /// Writes the package; it appears when it is complete.
  ///
  /// - Parameters:
  ///   - files: predictions on one data set each, as ``PredictionsFile`` writes them.
  ///   - url: `all_predictions.zip`.
  /// - Throws: ``EvaluationError`` for a file that holds no predictions, `CheckpointError` when the
  ///   package cannot be written.
  package static func write(_ files: [URL], to url: URL) throws {
    guard !files.isEmpty else {
      throw EvaluationError.nothing("There are no predictions to pack.")
    }
    let contents = try files.map { file in
      let content = try Data(contentsOf: file, options: .alwaysMapped)
      guard content.first == UInt8(ascii: "{"), content.last == UInt8(ascii: "}") else {
        throw EvaluationError.badFile(path: file.path, problem: "it holds no predictions")
      }
      return content
    }
    let (start, between, end) = (#"{"data": ["#, ", ", "]}")
    var size = start.utf8.count + end.utf8.count + between.utf8.count * (files.count - 1)
    for content in contents { size += content.count }
    try ZipFile.write("all_predictions.json", size: size, to: url) { write in
      try Array(start.utf8).withUnsafeBytes(write)
      for (index, content) in contents.enumerated() {
        if index > 0 { try Array(between.utf8).withUnsafeBytes(write) }
        try content.withUnsafeBytes(write)
      }
      try Array(end.utf8).withUnsafeBytes(write)
    }
  }
}
