package import Files
public import Foundation

/// What can go wrong when a data set is cleaned or translated; each is one sentence.
public enum CleaningError: LocalizedError, Equatable, Sendable, CustomStringConvertible {
  /// A recipe's file is wrong.
  case recipe(name: String, problem: String)
  /// A setting or an input cannot work.
  case invalid(String)
  /// The output folder holds the beginning of another cleaning.
  case otherCleaning(path: String)
  /// A file or folder cannot be read.
  case unreadable(path: String, reason: String)
  /// A file or folder cannot be written.
  case unwritable(path: String, reason: String)
  /// The output is there already.
  case alreadyExists(path: String)
  /// A translator did not give what it was asked for.
  case translator(problem: String)

  /// The sentence, for `localizedDescription`.
  public var errorDescription: String? { description }

  /// One sentence for people.
  public var description: String {
    switch self {
    case .recipe(let name, let problem): "The recipe \(name) cannot be used: \(problem)."
    case .invalid(let sentence): sentence
    case .otherCleaning(let path):
      """
      \(path) holds a cleaning of other inputs or by another recipe that was interrupted; name another \
      folder, or ask for overwriting.
      """
    case .unreadable(let path, let reason): "Cannot read \(path): \(reason)."
    case .unwritable(let path, let reason): "Cannot write \(path): \(reason)."
    case .alreadyExists(let path):
      "\(path) is already there; name another folder, or ask for overwriting."
    case .translator(let problem): "The translator failed: \(problem)."
    }
  }
}

extension CleaningError: FileErrorConvertible {
  package init(_ error: FileError) {
    self =
      switch error {
      case .unreadable(let path, let reason): .unreadable(path: path, reason: reason)
      case .unwritable(let path, let reason): .unwritable(path: path, reason: reason)
      case .alreadyExists(let path): .alreadyExists(path: path)
      case .badLine(let path, let line, let problem):
        .unreadable(path: path, reason: "line \(line): \(problem)")
      }
  }
}
