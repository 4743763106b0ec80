/// What can go wrong with a file, as one sentence.
///
/// Each target makes its own error of it (``FileErrorConvertible``), so that callers of a target meet
/// one type.
package enum FileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A file or folder cannot be opened or read.
  case unreadable(path: String, reason: String)
  /// A file or folder cannot be written; nothing half-written is left.
  case unwritable(path: String, reason: String)
  /// The output is there already, and replacing it was not asked for.
  case alreadyExists(path: String)
  /// A line of a text is wrong. Lines count from 1.
  case badLine(path: String, line: Int, problem: String)

  package var description: String {
    switch self {
    case .unreadable(let path, let reason): "Cannot read \(path): \(reason)."
    case .unwritable(let path, let reason): "Cannot write \(path): \(reason)."
    case .alreadyExists(let path):
      "\(path) exists already; choose another output or remove it first."
    case .badLine(let path, let line, let problem): "\(path), line \(line): \(problem)."
    }
  }
}

/// An error of a target that uses files.
package protocol FileErrorConvertible: Error {
  init(_ error: FileError)
}

extension FileErrorConvertible {
  /// Does what touches files; a ``FileError`` on the way becomes an error of this type.
  package static func wrapping<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch let error as FileError { throw Self(error) }
  }
}
