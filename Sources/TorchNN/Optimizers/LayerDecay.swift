/// Learning rates that fall with the distance from a network's output, so that early layers, which
/// hold what is common to all pictures or texts, change least.
///
/// Source: Howard, Ruder, *ULMFiT*, 2018, section 3.2; as in BEiT, the last block has rate 1 and
/// each one before it `decay` times the next's.
public struct LayerDecay: Sendable {
  private let decay: Double

  /// - Parameter decay: the factor from a block to the one before it; 1 changes nothing.
  public init(_ decay: Double) {
    self.decay = decay
  }

  /// What multiplies the learning rate of a parameter.
  public func factor(for entry: Parameters.Entry) -> Double {
    (0..<entry.blocksAfter).reduce(1) { product, _ in product * decay }
  }
}
