package import Files
public import Foundation

/// What is wrong with an ONNX file, as one sentence.
public enum ONNXError: LocalizedError, Equatable, Sendable, CustomStringConvertible {
  /// The file cannot be opened, read or written.
  case file(String)
  /// What is in it is no ONNX model, or none that this package reads.
  case model(file: String, problem: String)

  /// A sentence for people.
  public var description: String {
    switch self {
    case .file(let sentence): sentence
    case .model(let file, let problem): "\(file): \(problem)"
    }
  }

  /// The sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}

extension ONNXError: FileErrorConvertible {
  package init(_ error: FileError) { self = .file(error.description) }
}
