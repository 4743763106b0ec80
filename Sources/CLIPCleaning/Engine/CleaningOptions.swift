public import CLIPModels
public import Foundation

/// What a cleaning needs besides its recipe and its inputs.
public struct CleaningOptions: Sendable {
  /// Where the result goes.
  public var output: URL
  /// The beginning of the names of files that are written of data sets.
  public var split = "train"
  /// Words for the step `blocked_words`.
  public var blockedWords: [String]?
  /// Names for the step `replace_names`.
  public var names: [String] = []
  /// Words for the step `balance`.
  public var concepts: [String]?
  /// Test sets for the step `contamination`.
  public var against: [String] = []
  /// Gives the model for steps that need one; nil leaves those steps out.
  public var model: (@Sendable () throws -> CLIP)?
  /// What tells the model from another without loading it.
  public var modelName = ""
  /// Where measures and vectors are kept after the end, for the next recipe; beside the output if nil,
  /// and then until the end.
  public var cache: URL?
  /// Whether a result that is there is replaced, and a cleaning begun anew that was interrupted.
  public var overwrites = false
  /// Rows of each step that the report shows.
  public var exampleCount = 24
  /// Called while it works.
  public var progress: @Sendable (_ stage: String, _ done: Int, _ total: Int) -> Void = { _, _, _ in
  }

  /// Options with a place for the result.
  public init(output: URL) {
    self.output = output
  }
}
