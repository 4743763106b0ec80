/// Finds pictures that nearly equal an earlier one.
package enum EqualPictures {
  /// For each fingerprint, the index of the first earlier one that it nearly equals, or nil.
  ///
  /// Hashes that differ in at most six bits agree completely in at least one of seven slices, so only pictures
  /// that share a slice are compared.
  package static func firstEqual(_ fingerprints: [PictureFingerprint?]) -> [Int?] {
    let slices = PictureFingerprint.maximumDistance + 1
    var places: [Slice: [Int]] = [:]
    return fingerprints.indices.map { index -> Int? in
      guard let fingerprint = fingerprints[index] else { return nil }
      let keys = (0..<slices).map { Slice(number: $0, of: slices, hash: fingerprint.hash) }
      let candidates = Set(keys.flatMap { places[$0] ?? [] }).sorted()
      let equal = candidates.first { fingerprints[$0]?.nearlyEquals(fingerprint) ?? false }
      // Only originals are remembered: chains of slight changes do not swallow each other.
      if equal == nil {
        for key in keys { places[key, default: []].append(index) }
      }
      return equal
    }
  }

  private struct Slice: Hashable {
    let number: Int
    let bits: UInt64

    init(number: Int, of count: Int, hash: UInt64) {
      let (lower, upper) = (number * 64 / count, (number + 1) * 64 / count)
      self.number = number
      bits = hash >> UInt64(lower) & (1 << UInt64(upper - lower) - 1)
    }
  }
}
