import CLIPData
import Files
public import Foundation

/// A query and a list of ids: what it should find, or what was found, best first.
public struct Ranking: Sendable, Equatable {
  /// The query's id.
  public let query: Int64
  /// The ids that belong to it.
  public let results: [Int64]

  /// Makes a ranking.
  public init(query: Int64, results: [Int64]) {
    self.query = query
    self.results = results
  }
}

/// The original's files of queries with lists of ids: annotations, `.tr.jsonl` files and predictions, lines
/// like `{"text_id": 8428, "image_ids": [1076345, …]}` or `{"image_id": …, "text_ids": […]}`.
public enum RankingFile {
  /// Reads a file.
  ///
  /// - Parameters:
  ///   - url: the file.
  ///   - direction: which fields to read; told by the first line if nil.
  /// - Returns: the direction, and the lines in order.
  /// - Throws: ``EvaluationError/badLine(path:line:problem:)``.
  public static func read(
    _ url: URL, direction: RetrievalDirection? = nil
  ) throws -> (direction: RetrievalDirection, rankings: [Ranking]) {
    let file = try EvaluationError.wrapping { try MappedFile.text(url) }
    var direction = direction
    var rankings: [Ranking] = []
    try file.forEachLine { line in
      do {
        let fields = try Fields(file.bytes(in: line.range))
        let known = direction ?? fields.direction
        direction = known
        rankings.append(try fields.ranking(known))
      } catch let error as OtherDirection {
        throw EvaluationError.otherDirection(
          path: file.path, line: line.number, expected: error.expected)
      } catch {
        throw EvaluationError.badLine(path: file.path, line: line.number, problem: "\(error)")
      }
    }
    guard let direction, !rankings.isEmpty else {
      throw EvaluationError.badFile(path: url.path, problem: "it holds no lines")
    }
    return (direction, rankings)
  }

  /// Writes a file as the original does; it appears when it is complete.
  ///
  /// - Throws: ``EvaluationError/badFile(path:problem:)`` when it cannot be written.
  public static func write(
    _ rankings: some Sequence<Ranking>, direction: RetrievalDirection, to url: URL
  ) throws {
    try EvaluationError.wrapping {
      let writer = try AtomicFile(url, makesFolder: true)
      for ranking in rankings { try writer.writeLine(line(ranking, direction)) }
      try writer.commit()
    }
  }

  /// One line, without its end.
  public static func line(_ ranking: Ranking, _ direction: RetrievalDirection) -> String {
    """
    {"\(direction.queryField)": \(ranking.query), \
    "\(direction.resultField)": \(PythonJSON.list(ranking.results))}
    """
  }

  private struct OtherDirection: Error {
    let expected: RetrievalDirection
  }

  /// The fields of either direction that one line has.
  private struct Fields {
    private var single: [String: RawIdentifier] = [:]
    private var lists: [String: [RawIdentifier]] = [:]

    init(_ bytes: UnsafeRawBufferPointer) throws {
      var scanner = JSONScanner(bytes)
      try scanner.object { key, scanner in
        switch key {
        case "text_id", "image_id": single[key] = try RawIdentifier(&scanner)
        case "image_ids", "text_ids":
          var ids: [RawIdentifier] = []
          try scanner.array { ids.append(try RawIdentifier(&$0)) }
          lists[key] = ids
        default: try scanner.skip()
        }
      }
      try scanner.end()
    }

    var direction: RetrievalDirection {
      lists["text_ids"] != nil && lists["image_ids"] == nil ? .imageToText : .textToImage
    }

    func ranking(_ direction: RetrievalDirection) throws -> Ranking {
      if single[direction.queryField] == nil || lists[direction.resultField] == nil,
        single[direction.reversed.queryField] != nil, lists[direction.reversed.resultField] != nil
      {
        throw OtherDirection(expected: direction)
      }
      guard let query = single[direction.queryField] else {
        throw CaptionProblem.missingField(direction.queryField)
      }
      guard let results = lists[direction.resultField] else {
        throw CaptionProblem.missingField(direction.resultField)
      }
      return Ranking(
        query: try query.number(field: direction.queryField),
        results: try results.map { try $0.number(field: direction.resultField) })
    }
  }
}
