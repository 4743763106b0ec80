import CLIPData
import CLIPModels
import Files
public import Foundation

/// Files of features: the original's JSON lines, `{"image_id": 17, "feature": [0.1, …]}` or with `text_id`, and
/// NumPy matrices.
public enum FeatureFile {
  /// More numbers in one feature than any model makes.
  private static let maximumDimension = 1 << 16

  /// Reads a file; the kind is told by the name's ending.
  ///
  /// - Parameters:
  ///   - url: a `.npy` matrix, or JSON lines.
  ///   - field: the name of the ids' field, `image_id` or `text_id`.
  ///   - ids: where a matrix gets its ids from (see ``identifiers(in:field:)``); the rows' numbers from 0 if nil.
  ///   - progress: called with the number of lines read and their total.
  /// - Returns: the vectors with their ids.
  /// - Throws: ``EvaluationError``.
  public static func read(
    _ url: URL, field: String, ids: URL? = nil,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> FeatureSet {
    if url.pathExtension == "npy" {
      let matrix = try EvaluationError.wrapping { try NumPyFile(url) }
      let embeddings = Embeddings(dimension: matrix.columns, values: matrix.values())
      let names = try ids.map { try Self.identifiers(in: $0, field: field) }
      return try FeatureSet(
        ids: names ?? (0..<Int64(embeddings.count)).map { $0 }, embeddings: embeddings)
    }
    let file = try EvaluationError.wrapping { try MappedFile.text(url) }
    var found: [FileLine] = []
    file.forEachLine { found.append($0) }
    let lines = found
    let features = concurrentMap(count: lines.count, progress: progress) {
      index in
      Result { try feature(file.bytes(in: lines[index].range), field: field) }
    }
    var identifiers: [Int64] = []
    var values: [Float] = []
    var dimension = 0
    for (line, feature) in zip(lines, features) {
      do {
        let (id, vector) = try feature.get()
        if dimension == 0 {
          dimension = vector.count
          values.reserveCapacity(lines.count * dimension)
        }
        guard vector.count == dimension, dimension > 0, dimension <= maximumDimension else {
          throw FeatureProblem.length(found: vector.count, expected: dimension)
        }
        identifiers.append(id)
        values += vector
      } catch {
        throw EvaluationError.badLine(path: file.path, line: line.number, problem: "\(error)")
      }
    }
    guard dimension > 0 else {
      throw EvaluationError.badFile(path: url.path, problem: "it holds no features")
    }
    return try FeatureSet(
      ids: identifiers, embeddings: Embeddings(dimension: dimension, values: values))
  }

  /// Writes JSON lines; the file appears when it is complete.
  ///
  /// - Throws: ``EvaluationError/badFile(path:problem:)`` when it cannot be written.
  public static func write(_ features: FeatureSet, field: String, to url: URL) throws {
    try EvaluationError.wrapping {
      let writer = try AtomicFile(url, makesFolder: true)
      for (row, id) in features.ids.enumerated() {
        let numbers = features.embeddings[row].map { String($0) }.joined(separator: ", ")
        try writer.writeLine("{\"\(field)\": \(id), \"feature\": [\(numbers)]}")
      }
      try writer.commit()
    }
  }

  /// Reads ids, one a line: plain numbers, the first column of a tab-separated file (such as
  /// `valid_imgs.tsv`), or a field of JSON lines (such as `valid_texts.jsonl`).
  ///
  /// - Throws: ``EvaluationError/badLine(path:line:problem:)``.
  public static func identifiers(in url: URL, field: String) throws -> [Int64] {
    let file = try EvaluationError.wrapping { try MappedFile.text(url) }
    var ids: [Int64] = []
    try file.forEachLine { line in
      do {
        let bytes = file.bytes(in: line.range)
        if bytes.first == UInt8(ascii: "{") {
          ids.append(try identifier(bytes, field: field))
        } else {
          let column = UnsafeRawBufferPointer(rebasing: bytes.prefix { $0 != 0x09 })
          ids.append(try RawIdentifier(column).number(field: field))
        }
      } catch {
        throw EvaluationError.badLine(path: file.path, line: line.number, problem: "\(error)")
      }
    }
    return ids
  }

  private static func identifier(_ bytes: UnsafeRawBufferPointer, field: String) throws -> Int64 {
    var id: RawIdentifier?
    var scanner = JSONScanner(bytes)
    try scanner.object { key, scanner in
      if key == field { id = try RawIdentifier(&scanner) } else { try scanner.skip() }
    }
    guard let id else { throw CaptionProblem.missingField(field) }
    return try id.number(field: field)
  }

  private static func feature(
    _ bytes: UnsafeRawBufferPointer, field: String
  ) throws -> (id: Int64, vector: [Float]) {
    var id: RawIdentifier?
    var vector: [Float]?
    var scanner = JSONScanner(bytes)
    try scanner.object { key, scanner in
      switch key {
      case field: id = try RawIdentifier(&scanner)
      case "feature": vector = try scanner.floats()
      default: try scanner.skip()
      }
    }
    try scanner.end()
    guard let id else { throw CaptionProblem.missingField(field) }
    guard let vector else { throw CaptionProblem.missingField("feature") }
    return (try id.number(field: field), vector)
  }
}

/// What is wrong with a feature whose JSON is sound.
private enum FeatureProblem: Error, CustomStringConvertible {
  case length(found: Int, expected: Int)

  var description: String {
    switch self {
    case .length(let found, let expected):
      "the feature has \(found) numbers, the first one of the file has \(expected)"
    }
  }
}
