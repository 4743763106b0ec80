public import ArgumentParser
public import CLIPData
public import CLIPEvaluation
public import CLIPExport
public import CLIPModels
public import CLIPText
public import ModelHub

// The libraries' own words as arguments of the command line.

extension Precision: ExpressibleByArgument {}

extension ExportedEncoder: ExpressibleByArgument {}

extension ExportLayout: ExpressibleByArgument {}

extension ExportPrecision: ExpressibleByArgument {}

extension HubLayout: ExpressibleByArgument {}

extension ImportForm: ExpressibleByArgument {}

extension TableQuoting: ExpressibleByArgument {}

extension ReportSection: ExpressibleByArgument {}

extension UncertaintyPolicy: ExpressibleByArgument {}

extension FindingsEvaluation.PromptScore: ExpressibleByArgument {}

extension PromptEnsemble: ExpressibleByArgument {}

extension ClassificationMetric: ExpressibleByArgument {}

extension TextNormalization: ExpressibleByArgument {
  /// Reads `training` or `api`.
  public init?(argument: String) {
    switch argument {
    case "training": self = .training
    case "api": self = .api
    default: return nil
    }
  }

  /// The word, as the help shows it.
  public var defaultValueDescription: String { self == .training ? "training" : "api" }
  /// The words that are read.
  public static var allValueStrings: [String] { ["training", "api"] }
}
