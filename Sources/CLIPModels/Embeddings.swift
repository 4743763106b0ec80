import Torch

/// Vectors of equal length: a collection whose elements are its rows.
public struct Embeddings: Hashable, Sendable {
  /// The length of each vector.
  public let dimension: Int
  /// `count · dimension` numbers, row by row.
  public let values: [Float]

  /// Vectors of given values.
  ///
  /// - Precondition: `values.count` is a multiple of `dimension`.
  public init(dimension: Int, values: [Float]) {
    precondition(dimension > 0 && values.count.isMultiple(of: dimension))
    self.dimension = dimension
    self.values = values
  }

  /// Vectors from rows.
  ///
  /// - Precondition: every row has `dimension` numbers.
  public init(dimension: Int, rows: some Sequence<some Collection<Float>>) {
    var values: [Float] = []
    for row in rows {
      precondition(row.count == dimension)
      values += row
    }
    self.init(dimension: dimension, values: values)
  }

  /// The dot products of all these vectors with all others: cosines if all have unit length.
  ///
  /// - Returns: `[count][other.count]`.
  /// - Throws: `TorchError` when the dimensions differ.
  public func dotProducts(with other: Embeddings) throws -> [[Float]] {
    guard !isEmpty, !other.isEmpty else { return map { _ in [] } }
    let products = try withInferenceMode {
      try Tensor(values, shape: [count, dimension])
        .matmul(Tensor(other.values, shape: [other.count, other.dimension]).transposed(0, 1))
        .scalars()
    }
    return stride(from: 0, to: products.count, by: other.count).map {
      Array(products[$0..<$0 + other.count])
    }
  }
}

extension Embeddings: RandomAccessCollection {
  /// One vector, numbered from 0 like every other; it shares the memory of all.
  public struct Row: RandomAccessCollection, Hashable, Sendable {
    fileprivate let slice: ArraySlice<Float>

    /// 0.
    public var startIndex: Int { 0 }
    /// The vector's length.
    public var endIndex: Int { slice.count }

    /// A coordinate.
    public subscript(index: Int) -> Float { slice[slice.startIndex + index] }

    /// Calls a closure with the vector's numbers in memory.
    public func withUnsafeBufferPointer<Result>(
      _ body: (UnsafeBufferPointer<Float>) throws -> Result
    ) rethrows -> Result {
      try slice.withUnsafeBufferPointer(body)
    }

    /// The numbers as they lie in memory, for copies and sums at full speed.
    public func withContiguousStorageIfAvailable<Result>(
      _ body: (UnsafeBufferPointer<Float>) throws -> Result
    ) rethrows -> Result? {
      try slice.withContiguousStorageIfAvailable(body)
    }
  }

  /// 0.
  public var startIndex: Int { 0 }
  /// How many vectors there are.
  public var endIndex: Int { values.count / dimension }

  /// One vector.
  public subscript(row: Int) -> Row {
    Row(slice: values[row * dimension..<(row + 1) * dimension])
  }
}

extension Embeddings: Codable {
  private enum CodingKeys: String, CodingKey {
    case dimension, values
  }

  /// Reads `{"dimension": …, "values": […]}`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let dimension = try container.decode(Int.self, forKey: .dimension)
    let values = try container.decode([Float].self, forKey: .values)
    guard dimension > 0, values.count.isMultiple(of: dimension) else {
      throw DecodingError.dataCorruptedError(
        forKey: .values, in: container,
        debugDescription: "\(values.count) numbers are no rows of \(dimension)")
    }
    self.init(dimension: dimension, values: values)
  }
}
