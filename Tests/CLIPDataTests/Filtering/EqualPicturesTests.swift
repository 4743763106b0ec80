import CLIPData
import TestSupport
import Testing

struct EqualPicturesTests {
  @Test("the first equal one is found as by comparing with all originals")
  func bruteForce() {
    var generator = SplitMix(state: 5)
    let colors = [UInt8](repeating: 9, count: 192)
    var fingerprints: [PictureFingerprint?] = []
    for _ in 0..<600 {
      let roots = fingerprints.compactMap { $0 }
      var hash = UInt64.random(in: .min ... .max, using: &generator)
      if let root = roots.randomElement(using: &generator), Bool.random(using: &generator) {
        hash = root.hash
        for _ in 0..<Int.random(in: 0...8, using: &generator) {
          hash ^= 1 << UInt64.random(in: 0..<64, using: &generator)
        }
      }
      fingerprints.append(
        Int.random(in: 0..<50, using: &generator) == 0
          ? nil : PictureFingerprint(hash: hash, colors: colors))
    }
    var originals: [Int] = []
    let expected = fingerprints.indices.map { place -> Int? in
      guard let fingerprint = fingerprints[place] else { return nil }
      let equal = originals.first { fingerprints[$0]?.nearlyEquals(fingerprint) ?? false }
      if equal == nil { originals.append(place) }
      return equal
    }
    #expect(EqualPictures.firstEqual(fingerprints) == expected)
    #expect(expected.contains { $0 != nil })
  }
}
