/// Finds pictures that nearly equal an earlier one.
package enum EqualPictures {
  /// For each fingerprint, the index of the first earlier one that it nearly equals, or nil.
  package static func firstEqual(_ fingerprints: [PictureFingerprint?]) -> [Int?] {
    var index = PerceptualHashIndex()
    return fingerprints.indices.map { place -> Int? in
      guard let fingerprint = fingerprints[place] else { return nil }
      let equal = index.first(near: fingerprint.hash) {
        fingerprints[$0]?.nearlyEquals(fingerprint) ?? false
      }
      // Only originals are remembered: chains of slight changes do not swallow each other.
      if equal == nil { index.insert(fingerprint.hash, place) }
      return equal
    }
  }
}

/// Perceptual hashes among which those are found that differ from another in at most six bits.
///
/// Of four slices of 16 bits at least one then differs in at most one bit, so only entries are compared
/// that share such a slice, in 68 lists. Takes 28 bytes an entry, and 1 MiB.
package struct PerceptualHashIndex: Sendable {
  private static let slices = 4
  private static let sliceSize = 1 << 16
  /// The latest entry of every value of every slice; -1 for none.
  private var heads = [Int32](repeating: -1, count: slices * sliceSize)
  /// The entry before, of each slice of each entry.
  private var links: [Int32] = []
  private var entries: [(hash: UInt64, value: Int32)] = []

  /// An index without entries.
  package init() {}

  /// Adds a hash.
  ///
  /// - Parameters:
  ///   - hash: of a picture.
  ///   - value: what stands for the picture, below 2³¹.
  package mutating func insert(_ hash: UInt64, _ value: Int) {
    let entry = Int32(entries.count)
    for slice in 0..<Self.slices {
      let head = slice * Self.sliceSize + Self.bits(hash, slice)
      links.append(heads[head])
      heads[head] = entry
    }
    entries.append((hash, Int32(value)))
  }

  /// The smallest value near to a hash for which a condition holds.
  package func first(near hash: UInt64, where isEqual: (Int) -> Bool) -> Int? {
    var found: Int32?
    for slice in 0..<Self.slices {
      let own = Self.bits(hash, slice)
      for bit in 0...16 {
        let bits = bit == 16 ? own : own ^ 1 << bit
        var entry = heads[slice * Self.sliceSize + bits]
        while entry >= 0 {
          let (other, value) = entries[Int(entry)]
          if value < found ?? .max,
            (other ^ hash).nonzeroBitCount <= PictureFingerprint.maximumDistance,
            isEqual(Int(value))
          {
            found = value
          }
          entry = links[Int(entry) * Self.slices + slice]
        }
      }
    }
    return found.map(Int.init)
  }

  private static func bits(_ hash: UInt64, _ slice: Int) -> Int {
    Int(truncatingIfNeeded: hash >> UInt64(16 * slice)) & 0xFFFF
  }
}
