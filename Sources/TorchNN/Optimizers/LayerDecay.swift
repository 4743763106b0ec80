/// Learning rates that fall with the distance from a tower's output, so that early layers, which
/// hold what is common to all pictures or texts, change least.
///
/// Source: Howard, Ruder, *ULMFiT*, 2018, section 3.2; as in BEiT, the last layer has rate 1 and
/// each one before it `decay` times the next's.
public struct LayerDecay: Sendable {
  private let decay: Double
  private let depths: [(prefix: String, blocks: Int)]

  /// The prefixes that a number of a block follows, in the towers of this package.
  private static let blockPrefixes = [
    "visual.transformer.resblocks.", "visual._blocks.", "visual.layer",
    "bert.encoder.layer.",
  ]

  /// Counts the blocks of both towers.
  ///
  /// - Parameters:
  ///   - decay: the factor from a block to the one before it; 1 changes nothing.
  ///   - names: all names of the model.
  public init(decay: Double, names: [String]) {
    self.decay = decay
    depths = Self.blockPrefixes.compactMap { prefix in
      let blocks = names.compactMap { Self.number(in: $0, after: prefix) }.max()
      return blocks.map { (prefix, $0 + 1) }
    }
  }

  /// What multiplies the learning rate of a parameter.
  public func factor(for name: String) -> Double {
    let tower = name.hasPrefix("visual.") ? "visual." : name.hasPrefix("bert.") ? "bert." : nil
    guard let tower, let depth = depths.first(where: { $0.prefix.hasPrefix(tower) }) else {
      return 1
    }
    if let block = Self.number(in: name, after: depth.prefix) {
      return power(depth.blocks - 1 - block)
    }
    return Self.isInput(name) ? power(depth.blocks) : 1
  }

  private func power(_ exponent: Int) -> Double {
    (0..<max(0, exponent)).reduce(1) { product, _ in product * decay }
  }

  private static func number(in name: String, after prefix: String) -> Int? {
    guard name.hasPrefix(prefix) else { return nil }
    return Int(name.dropFirst(prefix.count).prefix { $0.isASCII && $0.isNumber })
  }

  /// Whether a parameter comes before the first block.
  private static func isInput(_ name: String) -> Bool {
    let inputs = [
      "bert.embeddings.", "visual.conv", "visual.bn", "visual._conv_stem", "visual._bn0",
      "visual.class_embedding", "visual.positional_embedding", "visual.ln_pre",
    ]
    return inputs.contains { name.hasPrefix($0) }
  }
}
