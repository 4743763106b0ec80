package import Files
public import Foundation

/// What can go wrong with an evaluation.
///
/// Each description is one sentence that names the place, what was
/// found there, and what to do.
public enum EvaluationError: LocalizedError, Equatable, Sendable, CustomStringConvertible {
  /// A line of a file is wrong. Lines count from 1.
  case badLine(path: String, line: Int, problem: String)
  /// Reference and predictions are of different directions. Lines count from 1.
  case otherDirection(path: String, line: Int, expected: RetrievalDirection)
  /// Several captions of a data set have the same id.
  case repeatedText(id: Int64, source: String)
  /// A file as a whole is wrong.
  case badFile(path: String, problem: String)
  /// Predictions are missing for queries that have answers; some of their ids.
  case missingPredictions(direction: RetrievalDirection, count: Int, some: [Int64])
  /// Vectors of different lengths were to be compared.
  case dimensions(queries: Int, gallery: Int)
  /// There is nothing to search, or nothing to search for.
  case nothing(String)
  /// A vector holds a value that is not finite.
  case notFinite(side: String, row: Int)
  /// A setting cannot work.
  case invalidSetting(String)

  /// The sentence, for `localizedDescription`.
  public var errorDescription: String? { description }

  /// One sentence for people.
  public var description: String {
    switch self {
    case .badLine(let path, let line, let problem): "\(path), line \(line): \(problem)."
    case .otherDirection(let path, let line, let expected):
      """
      \(path), line \(line): expected \(expected.queryField) with \(expected.resultField), found \
      \(expected.reversed.queryField) with \(expected.reversed.resultField): reference and \
      predictions are of different directions.
      """
    case .repeatedText(let id, let source):
      "\(source) uses text_id \(id) for several captions."
    case .badFile(let path, let problem): "\(path): \(problem)."
    case .missingPredictions(let direction, let count, let some):
      """
      \(count) of the reference's queries have no prediction, among them \(direction.queryField) \
      \(some.map { String($0) }.joined(separator: ", ")); predict all of them, or give the \
      reference that the predictions were made for.
      """
    case .dimensions(let queries, let gallery):
      """
      The queries' features have \(queries) numbers and the gallery's \(gallery); they come from \
      different models.
      """
    case .nothing(let sentence): sentence
    case .notFinite(let side, let row):
      "Feature \(row + 1) of the \(side) holds a value that is not finite; is the model sound?"
    case .invalidSetting(let sentence): sentence
    }
  }
}

extension EvaluationError: FileErrorConvertible {
  package init(_ error: FileError) {
    self =
      switch error {
      case .unreadable(let path, let reason):
        .badFile(path: path, problem: "it cannot be read: \(reason)")
      case .unwritable(let path, let reason):
        .badFile(path: path, problem: "it cannot be written: \(reason)")
      case .alreadyExists(let path): .badFile(path: path, problem: "it exists already")
      case .badLine(let path, let line, let problem):
        .badLine(path: path, line: line, problem: problem)
      }
  }
}
