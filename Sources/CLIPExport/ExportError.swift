import CLIPModels
package import Files
public import Foundation

/// Why a model cannot be exported, as one sentence.
public enum ExportError: LocalizedError, Equatable, Sendable, CustomStringConvertible {
  /// The model computes something that has no counterpart in the format.
  case unsupported(String)
  /// A file cannot be written.
  case file(String)
  /// What was written does not compute what the model computes; nothing of it is left.
  case differs(file: String, problem: String)

  /// A sentence for people.
  public var description: String {
    switch self {
    case .unsupported(let sentence), .file(let sentence): sentence
    case .differs(let file, let problem): "\(file) was not written: \(problem)"
    }
  }

  /// The sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}

extension ExportError: FileErrorConvertible {
  package init(_ error: FileError) { self = .file(error.description) }
}

extension ExportError {
  /// Refuses a model whose pictures and texts are more than one vector each.
  static func requireVectors(_ configuration: ModelConfiguration) throws {
    guard !configuration.interaction.interaction.needsTokens else {
      throw ExportError.unsupported(
        "\(configuration.name) compares pictures and texts token by token, which one vector for each "
          + "cannot stand for")
    }
  }
}
