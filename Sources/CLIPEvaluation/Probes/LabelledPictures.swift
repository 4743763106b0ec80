import CLIPData
public import CLIPModels

/// Vectors of pictures, and the label of each.
public struct LabelledPictures: Sendable {
  /// One vector a picture.
  public let embeddings: Embeddings
  /// The label of each.
  public let labels: [Int]

  /// Joins vectors and labels.
  ///
  /// - Precondition: there are as many of the one as of the other.
  public init(_ embeddings: Embeddings, labels: [Int]) {
    precondition(embeddings.count == labels.count)
    self.embeddings = embeddings
    self.labels = labels
  }

  /// Some of the pictures.
  public func selecting(_ rows: [Int]) -> LabelledPictures {
    LabelledPictures(
      Embeddings(dimension: embeddings.dimension, values: rows.flatMap { embeddings[$0] }),
      labels: rows.map { labels[$0] })
  }

  /// So many pictures of every label, drawn at random; all of a label that has fewer.
  ///
  /// - Parameters:
  ///   - count: pictures of a label.
  ///   - seed: equal seeds draw equal pictures.
  /// - Returns: the rows, in rising order.
  public func rows(ofEach count: Int, seed: UInt32) -> [Int] {
    shuffled(seed: seed).flatMap { $0.prefix(count) }.sorted()
  }

  /// The pictures in two parts, every label shared out alike.
  ///
  /// - Parameters:
  ///   - share: the second part's share of each label, at least one picture of a label that has two.
  ///   - seed: equal seeds share out equally.
  /// - Returns: `nil` if no label has two pictures.
  public func split(
    holdingOut share: Double, seed: UInt32
  ) -> (kept: LabelledPictures, heldOut: LabelledPictures)? {
    var kept: [Int] = []
    var heldOut: [Int] = []
    for rows in shuffled(seed: seed) {
      let count = rows.count < 2 ? 0 : max(1, Int(Double(rows.count) * share))
      heldOut += rows.prefix(count)
      kept += rows.dropFirst(count)
    }
    guard !heldOut.isEmpty else { return nil }
    return (selecting(kept.sorted()), selecting(heldOut.sorted()))
  }

  /// The rows of each label, each list in an order of its own.
  private func shuffled(seed: UInt32) -> [[Int]] {
    let byLabel = Dictionary(grouping: labels.indices) { labels[$0] }
    return byLabel.keys.sorted().map { label in
      // A generator for each label, so that more pictures of one do not change the draws of another.
      var random = SeededGenerator(seed: seed, stream: UInt32(truncatingIfNeeded: label))
      return (byLabel[label] ?? []).shuffled(using: &random)
    }
  }
}

/// SplitMix64: numbers that are the same on every run and machine.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt32, stream: UInt32 = 0) {
    state = UInt64(seed) << 32 | UInt64(stream)
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }
}
