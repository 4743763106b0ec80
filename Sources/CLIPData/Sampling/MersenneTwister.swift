/// The 32-bit Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998), as PyTorch's CPU generator uses it.
///
/// Chinese-CLIP shuffles with `torch.randperm` under the seed `seed + epoch`; with the same generator a run
/// here sees the same batches as the original.
struct MersenneTwister {
  private var state: [UInt32]
  private var next = 624

  init(seed: UInt32) {
    state = [seed]
    state.reserveCapacity(624)
    for index in 1..<624 {
      let previous = state[index - 1]
      state.append(1_812_433_253 &* (previous ^ previous >> 30) &+ UInt32(index))
    }
  }

  /// The next 32 random bits.
  mutating func random() -> UInt32 {
    if next == 624 { twist() }
    var value = state[next]
    next += 1
    value ^= value >> 11
    value ^= value << 7 & 0x9D2C_5680
    value ^= value << 15 & 0xEFC6_0000
    return value ^ value >> 18
  }

  private mutating func twist() {
    for index in 0..<624 {
      let mixed = state[index] & 0x8000_0000 | state[(index + 1) % 624] & 0x7FFF_FFFF
      state[index] = state[(index + 397) % 624] ^ mixed >> 1 ^ (mixed & 1 == 1 ? 0x9908_B0DF : 0)
    }
    next = 0
  }

  /// The numbers `0 ..< count` in the order of `torch.randperm(count, generator=seeded)`.
  static func permutation(of count: Int, seed: UInt32) -> [UInt32] {
    var generator = MersenneTwister(seed: seed)
    var order = Array(0..<UInt32(count))
    guard count > 1 else { return order }
    for index in 0..<count - 1 {
      order.swapAt(index, index + Int(generator.random() % UInt32(count - index)))
    }
    return order
  }
}
