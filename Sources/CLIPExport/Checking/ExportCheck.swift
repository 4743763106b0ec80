import Foundation
import Torch

/// How near an exported model comes to the one that it was made of, for one picture or sentence.
public struct ExportCheck: Sendable, Equatable {
  /// The picture's name, or the sentence.
  public let sample: String
  /// The cosine between both features.
  public let cosine: Double
  /// The largest difference of two numbers, of features of unit length.
  public let largestDifference: Double

  /// Compares features row by row.
  ///
  /// - Parameters:
  ///   - samples: names of the rows.
  ///   - expected: `[rows, dimension]`, what the model gives.
  ///   - found: the same of the exported one, of any length.
  /// - Returns: one comparison a row; a row that is no vector has the cosine 0.
  /// - Throws: `TorchError`.
  static func compare(
    _ samples: [String], expected: Tensor, found: Tensor
  ) throws -> [ExportCheck] {
    let ours = try unit(expected)
    let theirs = try unit(found)
    let width = expected.shape[1]
    return samples.enumerated().map { row, sample in
      let range = row * width..<(row + 1) * width
      let pairs = zip(ours[range], theirs[range])
      let cosine = pairs.reduce(0) { $0 + $1.0 * $1.1 }
      let difference = pairs.reduce(0) { max($0, abs($1.0 - $1.1)) }
      return ExportCheck(
        sample: sample, cosine: cosine.isFinite ? cosine : 0,
        largestDifference: cosine.isFinite ? difference : .infinity)
    }
  }

  private static func unit(_ features: Tensor) throws -> [Double] {
    try features.to(.float64).normalized().scalars(Double.self)
  }
}
