package import Files
public import Foundation

/// What is wrong with a Core ML package, as one sentence.
public enum MLPackageError: LocalizedError, Equatable, Sendable, CustomStringConvertible {
  /// A file of it cannot be opened, read or written.
  case file(String)
  /// What is in it is no ML Program, or none that this package reads.
  case package(path: String, problem: String)

  /// A sentence for people.
  public var description: String {
    switch self {
    case .file(let sentence): sentence
    case .package(let path, let problem): "\(path): \(problem)"
    }
  }

  /// The sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}

extension MLPackageError: FileErrorConvertible {
  package init(_ error: FileError) { self = .file(error.description) }
}
