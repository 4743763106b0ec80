/// Random numbers that depend on a seed, an epoch and a sample and on nothing else.
///
/// So a training run that is resumed, or whose samples are prepared by other threads in another
/// order, sees the same augmentations. SplitMix64 (Steele, Lea and Flood, *Fast splittable
/// pseudorandom number generators*, 2014): the n-th number is a hash of key + n times a constant.
public struct AugmentationRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Numbers for one sample of one epoch.
  public init(seed: UInt64, epoch: Int, sample: Int) {
    state = Self.mixed(seed &+ Self.increment)
    state = Self.mixed(state ^ UInt64(bitPattern: Int64(epoch)) &+ Self.increment)
    state = Self.mixed(state ^ UInt64(bitPattern: Int64(sample)) &+ Self.increment)
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= Self.increment
    return Self.mixed(state)
  }

  private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15

  private static func mixed(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

// The standard library does not promise to draw numbers the same way in every version; these do.
extension RandomNumberGenerator {
  /// Uniform in 0 ..< 1, from 53 bits.
  mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Uniform in a range.
  mutating func uniform(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// Uniform in 0 ..< count, up to a bias of count / 2^64.
  package mutating func index(below count: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(count)).high)
  }
}
