package import Files
public import Foundation

/// What can go wrong with a data set.
///
/// Each description is one sentence that names the place, what was
/// found there, and what to do.
public enum DataError: LocalizedError, Equatable, Sendable, CustomStringConvertible {
  /// A file or folder could not be opened or read.
  case unreadable(path: String, reason: String)
  /// A file or folder could not be written.
  case unwritable(path: String, reason: String)
  /// The output is already there and overwriting was not asked for.
  case alreadyExists(path: String)
  /// A folder holds no data set of a known kind for this split.
  case noDataset(path: String, split: String, found: String)
  /// One line of a text file is wrong. Lines count from 1.
  case badLine(path: String, line: Int, problem: String)
  /// A quotation mark in a table leaves open where its field ends. Lines count from 1.
  case quotation(path: String, line: Int, problem: String)
  /// A name stands where the original's format has a number. Lines count from 1.
  case namedIdentifier(path: String, line: Int, field: String, name: String)
  /// Two lines give different pictures the same id.
  case conflictingImages(path: String, id: Int64, firstLine: Int, secondLine: Int)
  /// An LMDB environment is damaged, or not one.
  case badDatabase(path: String, problem: String)
  /// A tar shard is damaged, or not one.
  case badArchive(path: String, offset: Int, problem: String)
  /// A caption or a query names a picture that the set does not have.
  case unknownImage(id: Int64, source: String)
  /// A picture is there, but its bytes cannot be used.
  case brokenImage(id: Int64, source: String, reason: String)
  /// A setting cannot work.
  case invalidSetting(String)

  /// The sentence, for `localizedDescription`.
  public var errorDescription: String? { description }

  /// One sentence for people.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "Cannot read \(path): \(reason)."
    case .unwritable(let path, let reason): "Cannot write \(path): \(reason)."
    case .alreadyExists(let path):
      "\(path) is already there; name another place, or ask for overwriting."
    case .noDataset(let path, let split, let found):
      """
      \(path) holds no data set for the split "\(split)": expected \(split)_imgs.tsv with \
      \(split)_texts.jsonl, or lmdb/\(split), or \(split)*.tar; \(found).
      """
    case .badLine(let path, let line, let problem), .quotation(let path, let line, let problem):
      "\(path), line \(line): \(problem)."
    case .namedIdentifier(let path, let line, let field, let name):
      "\(path), line \(line): \(field) \"\(name)\" is not a whole number."
    case .conflictingImages(let path, let id, let firstLine, let secondLine):
      """
      \(path): lines \(firstLine) and \(secondLine) hold different pictures under the id \(id).
      """
    case .badDatabase(let path, let problem):
      "\(path) is not a sound LMDB environment: \(problem)."
    case .badArchive(let path, let offset, let problem):
      "\(path) is not a sound tar archive: \(problem) at byte \(offset)."
    case .unknownImage(let id, let source):
      "\(source) has no picture with the id \(id)."
    case .brokenImage(let id, let source, let reason):
      "Picture \(id) of \(source) cannot be used: \(reason)."
    case .invalidSetting(let sentence): sentence
    }
  }
}

extension DataError {
  /// What is wrong with a line of a file.
  init(_ error: any Error, path: String, line: Int) {
    self =
      if case CaptionProblem.identifierIsName(let field, let name) = error {
        .namedIdentifier(path: path, line: line, field: field, name: name)
      } else {
        .badLine(path: path, line: line, problem: "\(error)")
      }
  }
}

extension DataError: FileErrorConvertible {
  package init(_ error: FileError) {
    self =
      switch error {
      case .unreadable(let path, let reason): .unreadable(path: path, reason: reason)
      case .unwritable(let path, let reason): .unwritable(path: path, reason: reason)
      case .alreadyExists(let path): .alreadyExists(path: path)
      case .badLine(let path, let line, let problem):
        .badLine(path: path, line: line, problem: problem)
      }
  }
}
