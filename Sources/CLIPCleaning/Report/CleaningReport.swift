public import Foundation

/// What each step of a cleaning left out.
public struct CleaningReport: Sendable, Encodable {
  /// A step and its yield.
  public struct Step: Sendable, Encodable {
    /// Its number in the recipe, from 1.
    public let number: Int
    /// Its name.
    public let name: String
    /// Its numbers as the recipe has them.
    public let parameters: CleaningStep
    /// Rows that came to it.
    public let rowsBefore: Int
    /// Rows that it left out.
    public let dropped: Int
    /// Texts that it changed.
    public let changed: Int
    /// Why it was not applied; nil for one that was.
    public let omitted: String?
  }

  /// The recipe's name.
  public let recipe: String
  /// Where the recipe's thresholds come from.
  public let source: String?
  /// What was cleaned.
  public let inputs: [String]
  /// Rows of the inputs.
  public let rows: Int
  /// Rows that stay.
  public let kept: Int
  /// Samples and lines that are no rows: they cannot be read, or lack their picture or text.
  public let problems: [String]
  /// All steps of the recipe, in order.
  public let steps: [Step]
  /// What was written.
  public let output: CleanedFiles

  init(
    recipe: CleaningRecipe, inputs: [String], prepared: PreparedRecipe,
    findings: CleaningFindings, rows: Int, written: CleanedFiles, problems: [String]
  ) {
    self.recipe = recipe.name
    source = recipe.source
    self.inputs = inputs
    self.rows = rows
    self.problems = problems
    output = written
    var left = rows
    steps = recipe.steps.enumerated().map { index, step in
      let number = index + 1
      let dropped = findings.dropped[number] ?? 0
      defer { left -= dropped }
      return Step(
        number: number, name: step.name, parameters: step, rowsBefore: left, dropped: dropped,
        changed: findings.changed[number] ?? 0,
        omitted: prepared.omitted.first { $0.number == number }?.reason)
    }
    kept = left
  }

  /// The report as JSON with snake-case keys.
  ///
  /// - Returns: the bytes of `report.json`.
  /// - Throws: nothing that its values can cause.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }
}
