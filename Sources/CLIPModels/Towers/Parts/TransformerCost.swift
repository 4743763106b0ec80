/// What transformer blocks cost, in floating-point operations of their matrix products; norms and
/// activations are not counted.
enum TransformerCost {
  /// All blocks, of which the last computes its first token's result alone.
  static func operations(blocks: Int, tokens: Int, width: Int, mlpWidth: Int) -> Double {
    func block(asking: Int) -> Double {
      let query = asking * width * width
      let keyValue = 2 * tokens * width * width
      let attention = 2 * asking * tokens * width
      let rest = asking * (width * width + 2 * width * mlpWidth)
      return 2 * Double(query + keyValue + attention + rest)
    }
    return Double(blocks - 1) * block(asking: tokens) + block(asking: 1)
  }
}
