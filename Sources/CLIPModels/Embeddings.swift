/// Vectors of equal length, one after another.
public struct Embeddings: Sendable {
  /// How many vectors.
  public let count: Int
  /// The length of each.
  public let dimension: Int
  /// `count · dimension` numbers, row by row.
  public var values: [Float]

  /// Vectors of given values.
  ///
  /// - Precondition: `values.count` is a multiple of `dimension`.
  public init(dimension: Int, values: [Float]) {
    precondition(dimension > 0 && values.count.isMultiple(of: dimension))
    self.dimension = dimension
    self.values = values
    count = values.count / dimension
  }

  /// One vector.
  public subscript(row: Int) -> ArraySlice<Float> {
    values[row * dimension..<(row + 1) * dimension]
  }

  /// All vectors, one after another.
  var rows: [ArraySlice<Float>] { (0..<count).map { self[$0] } }

  /// The dot products of all these vectors with all others: cosines if all have unit length.
  ///
  /// - Returns: `[count][other.count]`.
  public func dotProducts(with other: Embeddings) -> [[Float]] {
    (0..<count).map { row in
      (0..<other.count).map { column in
        zip(self[row], other[column]).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }
  }
}
