import CLIPData
package import Files
import Foundation

/// What stops the fetching of a data set, as one sentence.
package enum FetchError: LocalizedError, Equatable, Sendable, CustomStringConvertible {
  /// A list cannot be used.
  case badList(path: String, problem: String)
  /// A value of a list cannot be used; costs its row only.
  case badValue(String)
  /// A setting cannot work.
  case invalidSetting(String)
  /// The folder holds what was fetched from other lists or with other settings.
  case otherRun(path: String, differences: [String])
  /// Another process works in the folder.
  case inUse(path: String)
  /// Too few pictures come.
  case tooFewSuccesses(done: Int, succeeded: Int, limit: Double, causes: String)
  /// A file cannot be read.
  case unreadable(path: String, reason: String)
  /// A file cannot be written.
  case unwritable(path: String, reason: String)
  /// A file of the folder is not what was written there.
  case damaged(path: String, problem: String)
  /// The library for transfers does not work.
  case noTransfers

  /// The sentence, for `localizedDescription`.
  package var errorDescription: String? { description }

  /// The sentence.
  package var description: String {
    switch self {
    case .badList(let path, let problem): "\(path) cannot be used as a list: \(problem)."
    case .badValue(let problem): problem
    case .invalidSetting(let sentence): sentence
    case .otherRun(let path, let differences):
      "\(path) was begun otherwise (\(differences.joined(separator: "; "))); go on as it was begun, "
        + "or name another folder."
    case .inUse(let path): "Another process is fetching into \(path); wait for it, or end it."
    case .tooFewSuccesses(let done, let succeeded, let limit, let causes):
      "Of the last \(done) rows only \(succeeded) brought a picture, less than the share of \(limit) "
        + "that --stop-below asks for; most failed by: \(causes). What was fetched is kept."
    case .unreadable(let path, let reason): "Cannot read \(path): \(reason)."
    case .unwritable(let path, let reason): "Cannot write \(path): \(reason)."
    case .damaged(let path, let problem): "\(path) is damaged: \(problem)."
    case .noTransfers: "libcurl cannot start; is there memory left?"
    }
  }
}

extension FetchError: FileErrorConvertible {
  package init(_ error: FileError) {
    self =
      switch error {
      case .unreadable(let path, let reason): .unreadable(path: path, reason: reason)
      case .unwritable(let path, let reason): .unwritable(path: path, reason: reason)
      case .alreadyExists(let path): .unwritable(path: path, reason: "it is there already")
      case .badLine(let path, let line, let problem):
        .damaged(path: path, problem: "line \(line): \(problem)")
      }
  }
}
