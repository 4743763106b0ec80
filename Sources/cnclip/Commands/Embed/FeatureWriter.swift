import CLIPModels
import Files
import Foundation

/// What a vector belongs to, as the output names it.
enum FeatureKey {
  case image(String)
  case imageIdentifier(Int64)
  case text(String)
  case textIdentifier(Int64)

  /// The key and value that begin the line, with the original's spacing.
  var json: String {
    switch self {
    case .image(let path): "\"image\": \(PythonJSON.string(path))"
    case .imageIdentifier(let identifier): "\"image_id\": \(identifier)"
    case .text(let text): "\"text\": \(PythonJSON.string(text))"
    case .textIdentifier(let identifier): "\"text_id\": \(identifier)"
    }
  }
}

/// Writes vectors as lines of JSON, or as a NumPy matrix.
final class FeatureWriter {
  private enum Form {
    case lines(ResultWriter)
    case matrix(NumPyWriter)
  }

  private let form: Form
  private let file: URL?
  private var count = 0

  /// - Parameters:
  ///   - path: a file, a matrix if its name ends in `.npy`; standard output if absent.
  ///   - dimension: the length of every vector.
  /// - Throws: ``CommandFailure`` when the file cannot be written.
  init(path: String?, dimension: Int) throws {
    if let path, path.hasSuffix(".npy") {
      let file = URL(filePath: path).resolvingSymlinksInPath()
      form = .matrix(try NumPyWriter(file, columns: dimension))
      self.file = file
    } else {
      let writer = try ResultWriter(path: path)
      form = .lines(writer)
      file = writer.file
    }
  }

  /// Adds one vector.
  func add(_ key: FeatureKey, _ vector: Embeddings.Row) throws {
    count += 1
    switch form {
    case .matrix(let writer): try writer.write(vector)
    case .lines(let writer):
      let numbers = vector.map { String(Double($0)) }.joined(separator: ", ")
      try writer.line("{\(key.json), \"feature\": [\(numbers)]}")
    }
  }

  /// Completes the file, and counts what is in it.
  func finish() throws {
    switch form {
    case .matrix(let writer): try writer.commit()
    case .lines(let writer): try writer.finish()
    }
    guard let file else { return }
    let found = try rows(of: file)
    guard found == count else {
      throw CommandFailure("of \(count) vectors written to \(file.path) \(found) can be read")
    }
  }

  private func rows(of file: URL) throws -> Int {
    if case .matrix = form { return try NumPyFile(file).rows }
    var lines = 0
    try MappedFile(file).forEachLine { _ in lines += 1 }
    return lines
  }
}
