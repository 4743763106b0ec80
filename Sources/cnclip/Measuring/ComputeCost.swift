import CLIPModels

/// What one input costs in a transformer, in floating-point operations.
///
/// Each multiplication and addition of its matrix products counts two; norms and activations are
/// not counted.
struct ComputeCost: Hashable, Sendable {
  /// One picture; nil for networks that are not transformers.
  let picture: Double?
  private let text: BERT.Configuration
  private let dimension: Int

  /// Reads the sizes of a model.
  init(of configuration: ModelConfiguration) {
    dimension = configuration.embeddingDimension
    if case .visionTransformer(let vision) = configuration.image {
      let patches = vision.gridSize * vision.gridSize
      let projected = patches * 3 * vision.patchSize * vision.patchSize * vision.width
      picture =
        2 * Double(projected + vision.width * dimension)
        + Self.blocks(
          vision.layers, tokens: patches + 1, width: vision.width, mlpWidth: vision.mlpWidth)
    } else {
      picture = nil
    }
    switch configuration.text {
    case .bert(let bert): text = bert
    }
  }

  /// One text of so many tokens.
  func text(tokens: Int) -> Double {
    Self.blocks(text.layers, tokens: tokens, width: text.width, mlpWidth: text.mlpWidth)
      + 2 * Double(text.width * dimension)
  }

  /// All blocks, of which the last computes its first token's result alone.
  private static func blocks(_ count: Int, tokens: Int, width: Int, mlpWidth: Int) -> Double {
    func block(asking: Int) -> Double {
      let query = asking * width * width
      let keyValue = 2 * tokens * width * width
      let attention = 2 * asking * tokens * width
      let rest = asking * (width * width + 2 * width * mlpWidth)
      return 2 * Double(query + keyValue + attention + rest)
    }
    return Double(count - 1) * block(asking: tokens) + block(asking: 1)
  }
}
