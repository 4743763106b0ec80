package import Files
public import Foundation

/// What can go wrong in a picture library, each as a sentence.
public enum SearchError: LocalizedError, Sendable, Equatable, CustomStringConvertible {
  /// There is no library in the folder.
  case noLibrary(folder: String)
  /// The folder's database cannot be opened, read or written (damage, rights, a full disk).
  case database(folder: String, reason: String)
  /// The library was written by a later version of this program.
  case newerLibrary(folder: String, migration: String)
  /// The library's vectors were made by another model.
  case otherModel(folder: String, library: String, offered: String)
  /// A change of model is under way and another model than its own was offered.
  case otherReembedding(folder: String, pending: String, offered: String)
  /// Two models with the same fingerprint disagree about the length of their vectors.
  case dimension(expected: Int, found: Int, what: String)
  /// The library has no pictures with vectors yet.
  case emptyLibrary(folder: String)
  /// A query needs a model and the library was opened without one.
  case noModel(what: String)
  /// The query has no text, no picture and no vector, or its terms cancel out.
  case emptyQuery(reason: String)
  /// A picture id is not in the library.
  case noPicture(id: Int64)
  /// The picture's file has gone or cannot be read.
  case unreadablePicture(path: String, reason: String)
  /// The filter expression cannot be read.
  case filter(expression: String, position: Int, problem: String)
  /// A number is outside of what makes sense.
  case invalidArgument(name: String, value: String, allowed: String)
  /// A vector contains values that are not finite, or is all zeros.
  case invalidVector(what: String)
  /// A model gives numbers that are not finite: its weights are damaged.
  case notFinite(model: String)
  /// A file to import cannot be read.
  case importFile(path: String, line: Int?, problem: String)
  /// A file or folder cannot be written.
  case unwritable(path: String, reason: String)
  /// The folder to index does not exist or is not readable.
  case noFolder(path: String, reason: String)
  /// The address of a store names a kind that is not there.
  case unknownStore(address: String, known: [String])
  /// The address of a store cannot be read.
  case storeAddress(address: String, problem: String)
  /// Two stores that should hold the same do not.
  case difference(source: String, target: String, what: String)
  /// The store cannot do what is asked of it.
  case unsupported(store: String, what: String)

  /// The whole sentence.
  public var errorDescription: String? { description }

  /// The whole sentence.
  public var description: String {
    switch self {
    case .noLibrary(let folder):
      "There is no picture library in \(folder)."
    case .database(let folder, let reason):
      "The library database in \(folder) cannot be used: \(reason)."
    case .newerLibrary(let folder, let migration):
      "The library in \(folder) was written by a newer version of this program "
        + "(it has the schema step '\(migration)')."
    case .otherModel(let folder, let library, let offered):
      "The vectors of the library in \(folder) were made by \(library) and the model given is "
        + "\(offered); vectors of two models cannot be compared."
    case .otherReembedding(let folder, let pending, let offered):
      "The library in \(folder) is being changed to \(pending) and the model given is \(offered)."
    case .dimension(let expected, let found, let what):
      "\(what): expected vectors of \(expected) numbers, found \(found)."
    case .emptyLibrary(let folder):
      "The library in \(folder) has no pictures yet."
    case .noModel(let what):
      "\(what) needs a model, and the library was opened without one."
    case .emptyQuery(let reason):
      "There is nothing to search for: \(reason)."
    case .noPicture(let id):
      "The library has no picture with the number \(id)."
    case .unreadablePicture(let path, let reason):
      "The picture \(path) cannot be read: \(reason)."
    case .filter(let expression, let position, let problem):
      "The filter cannot be read at character \(position + 1): \(problem).\n  \(expression)\n  "
        + String(repeating: " ", count: Self.columns(of: expression.prefix(position))) + "^"
    case .invalidArgument(let name, let value, let allowed):
      "\(name) is \(value), but must be \(allowed)."
    case .invalidVector(let what):
      "\(what): the vector has numbers that are not finite, or only zeros."
    case .notFinite(let model):
      "The model '\(model)' gives no finite numbers: its weights are damaged, or its training failed."
    case .importFile(let path, let line, let problem):
      "\(path)\(line.map { ", line \($0)" } ?? ""): \(problem)."
    case .unwritable(let path, let reason):
      "\(path) cannot be written: \(reason)."
    case .noFolder(let path, let reason):
      "The folder \(path) cannot be indexed: \(reason)."
    case .unknownStore(let address, let known):
      "There is no kind of store for '\(address)'; an address begins with "
        + known.map { $0 + ":" }.joined(separator: " or ") + "."
    case .storeAddress(let address, let problem):
      "The address '\(address)' names no store: \(problem)."
    case .difference(let source, let target, let what):
      "\(target) is not what \(source) is: \(what)."
    case .unsupported(let store, let what):
      "\(what) is not possible in \(store)."
    }
  }

  /// Columns that a terminal gives to a text: Chinese characters take two.
  private static func columns(of text: Substring) -> Int {
    text.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x1100 ? 2 : 1) }
  }
}

extension SearchError: FileErrorConvertible {
  package init(_ error: FileError) {
    self =
      switch error {
      case .unreadable(let path, let reason):
        .importFile(path: path, line: nil, problem: "it cannot be read: \(reason)")
      case .unwritable(let path, let reason): .unwritable(path: path, reason: reason)
      case .alreadyExists(let path): .unwritable(path: path, reason: "it exists already")
      case .badLine(let path, let line, let problem):
        .importFile(path: path, line: line, problem: problem)
      }
  }
}
