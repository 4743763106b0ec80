import Decompression

/// Why a Parquet file cannot be read, as one sentence that names it.
public enum ParquetError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file cannot be opened.
  case unreadable(path: String, reason: String)
  /// The file is damaged, or no Parquet file.
  case damaged(path: String, problem: String)
  /// The file is sound, but of a kind that is not read here.
  case unsupported(path: String, problem: String)
  /// There is no column of that name.
  case noColumn(path: String, name: String, known: [String])

  /// The sentence.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "Cannot read \(path): \(reason)."
    case .damaged(let path, let problem): "\(path) is not a sound Parquet file: \(problem)."
    case .unsupported(let path, let problem): "\(path) cannot be read here: \(problem)."
    case .noColumn(let path, let name, let known):
      "\(path) has no column \"\(name)\" among: \(known.prefix(40).joined(separator: ", "))."
    }
  }
}

/// What is wrong, before anybody knows the file's name.
struct ParquetProblem: Error {
  let sentence: String
  var isSound = false

  init(_ sentence: String) {
    self.sentence = sentence
  }

  /// Something that the format allows and this reader does not know.
  static func unsupported(_ sentence: String) -> ParquetProblem {
    var problem = ParquetProblem(sentence)
    problem.isSound = true
    return problem
  }

  /// A name from the file, which may be long.
  static func quoted(_ name: String) -> String { "\"\(name.prefix(64))\"" }

  func error(path: String, within place: String = "") -> ParquetError {
    let whole = place.isEmpty ? sentence : "\(place): \(sentence)"
    return isSound
      ? .unsupported(path: path, problem: whole) : .damaged(path: path, problem: whole)
  }
}
