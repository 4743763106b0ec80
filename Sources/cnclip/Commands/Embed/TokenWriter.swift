import CLIPModels
import Files
import Foundation
import Torch

/// Writes the tokens of pictures or texts: `NAME.npy`, a float32 row a token, and `NAME.jsonl`, which says
/// for each input which rows are its own: `{"image": path, "first": 0, "count": 49}`.
final class TokenWriter {
  private let matrix: NumPyWriter
  private let lines: ResultWriter
  private let matrixFile: URL
  private let dimension: Int
  private var tokens = 0

  /// - Parameters:
  ///   - path: the matrix, its name ending in `.npy`.
  ///   - model: whose tokens they are.
  /// - Throws: ``CommandFailure`` for a model that compares vectors, or when a file cannot be written.
  init(path: String, of model: CLIP) throws {
    guard model.interaction.needsTokens else {
      throw CommandFailure(
        "\(model.name) compares one vector with one other; --tokens is for models that compare tokens"
      )
    }
    dimension = model.embeddingDimension
    matrixFile = URL(filePath: path).resolvingSymlinksInPath()
    matrix = try NumPyWriter(matrixFile, columns: dimension)
    lines = try ResultWriter(
      path: matrixFile.deletingPathExtension().appendingPathExtension("jsonl").path)
  }

  /// Adds the tokens of one input: places of a picture, words of a text, no padding.
  func add(_ key: FeatureKey, _ features: Features) throws {
    guard let all = features.tokens else { throw CommandFailure("the model gave no tokens") }
    let places = try all.selected(0).sliced(features.special..<all.shape[1])
    let valid = try features.valid?.selected(0).sliced(features.special..<all.shape[1])
      .to(.int64).scalars(Int64.self)
    let values = try places.to(.float32).scalars(Float.self)
    let rows = (0..<places.shape[0]).filter { valid?[$0] != 0 }
    for row in rows { try matrix.write(values[row * dimension..<(row + 1) * dimension]) }
    try lines.line("{\(key.json), \"first\": \(tokens), \"count\": \(rows.count)}")
    tokens += rows.count
  }

  /// Completes both files, and counts what is in the matrix.
  func finish() throws {
    try matrix.commit()
    let found = try NumPyFile(matrixFile).rows
    guard found == tokens else {
      throw CommandFailure("of \(tokens) tokens written to \(matrixFile.path) \(found) can be read")
    }
    try lines.finish()
  }
}
