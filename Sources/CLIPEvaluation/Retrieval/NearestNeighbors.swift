public import CLIPModels
import Foundation
public import Torch

/// Exact nearest neighbours by dot product.
///
/// Scores are computed in blocks as float32 matrix products, where all the time goes; everything that could
/// be among the best k by those scores, rounding errors considered, is then scored again in double precision.
/// So the result is the exact one, does not depend on blocks or threads, and equal vectors stay in the order of
/// the gallery.
public struct NearestNeighbors: Sendable {
  /// Queries in one block.
  public var queriesPerBlock = 256
  /// Gallery vectors in one block.
  public var galleryPerBlock = 8192
  /// Where the products are computed.
  public var device: Device

  private let gallery: Embeddings

  /// Makes a search over a gallery.
  ///
  /// - Parameters:
  ///   - gallery: the vectors to find.
  ///   - device: where the products are computed.
  /// - Throws: ``EvaluationError/notFinite(side:row:)``, ``EvaluationError/nothing(_:)``.
  public init(_ gallery: Embeddings, device: Device = .cpu) throws(EvaluationError) {
    guard gallery.count > 0 else { throw EvaluationError.nothing("The gallery is empty.") }
    try Self.requireFinite(gallery, "gallery")
    self.gallery = gallery
    self.device = device
  }

  /// Places in the gallery of the k best for every query, best first.
  ///
  /// - Parameters:
  ///   - k: how many; all of a gallery that has fewer.
  ///   - queries: the vectors to search with.
  ///   - progress: called with the number of finished queries.
  /// - Returns: one list a query.
  /// - Throws: ``EvaluationError``, and `TorchError` when the device fails.
  public func search(
    _ k: Int, nearestTo queries: Embeddings, progress: (Int) -> Void = { _ in }
  ) throws -> [[Int]] {
    guard k > 0 else {
      throw EvaluationError.invalidSetting("At least one neighbour must be asked for.")
    }
    guard queries.count > 0 else { throw EvaluationError.nothing("There are no queries.") }
    guard queries.dimension == gallery.dimension else {
      throw EvaluationError.dimensions(queries: queries.dimension, gallery: gallery.dimension)
    }
    try Self.requireFinite(queries, "queries")
    let margin = errorBound(queries)
    let blocks = try stride(from: 0, to: gallery.count, by: galleryPerBlock).map { start in
      (start: start, vectors: try tensor(gallery, start, galleryPerBlock).transposed())
    }
    var results: [[Int]] = []
    results.reserveCapacity(queries.count)
    for start in stride(from: 0, to: queries.count, by: queriesPerBlock) {
      let count = min(queriesPerBlock, queries.count - start)
      let block = try tensor(queries, start, queriesPerBlock)
      let selections = SelectionBlock(count: count, k: min(k, gallery.count), margin: margin)
      for part in blocks {
        let scores = try withInferenceMode { try block.matmul(part.vectors).to(.float32) }
        try scores.withBytes { bytes in
          selections.offer(bytes.bindMemory(to: Float.self), from: part.start)
        }
      }
      results += selections.best { row, place in exactScore(queries, start + row, place) }
      progress(start + count)
    }
    return results
  }

  private func tensor(_ vectors: Embeddings, _ start: Int, _ count: Int) throws -> Tensor {
    let end = min(vectors.count, start + count)
    let rows = vectors.values[start * vectors.dimension..<end * vectors.dimension]
    return try Tensor(Array(rows), shape: [end - start, vectors.dimension]).to(device: device)
  }

  /// Twice what a float32 dot product can be wrong by, whatever the order of its additions.
  ///
  /// Higham, *Accuracy and Stability of Numerical Algorithms*, equation 3.5.
  private func errorBound(_ queries: Embeddings) -> Float {
    let unit = Float.ulpOfOne / 2
    return 2 * Float(gallery.dimension + 1) * unit * Self.longest(queries) * Self.longest(gallery)
  }

  private func exactScore(_ queries: Embeddings, _ row: Int, _ place: Int) -> Double {
    let dimension = gallery.dimension
    return queries.values.withUnsafeBufferPointer { a in
      gallery.values.withUnsafeBufferPointer { b in
        var sum = 0.0
        for index in 0..<dimension {
          sum += Double(a[row * dimension + index]) * Double(b[place * dimension + index])
        }
        return sum
      }
    }
  }

  private static func longest(_ vectors: Embeddings) -> Float {
    var longest: Float = 0
    for row in 0..<vectors.count {
      longest = max(longest, vectors[row].reduce(0) { $0 + $1 * $1 })
    }
    return longest.squareRoot()
  }

  private static func requireFinite(
    _ vectors: Embeddings, _ side: String
  ) throws(EvaluationError) {
    guard let index = vectors.values.firstIndex(where: { !$0.isFinite }) else { return }
    throw EvaluationError.notFinite(side: side, row: index / vectors.dimension)
  }
}
