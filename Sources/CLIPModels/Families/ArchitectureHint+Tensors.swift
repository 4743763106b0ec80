public import Checkpoints
import TorchNN

extension ArchitectureHint {
  /// Reads the shapes of tensors.
  ///
  /// - Parameter checkpoint: with native names, see `Checkpoint.native()`.
  public init(_ checkpoint: Checkpoint) {
    let shared = [
      checkpoint.shape("visual.proj", 2)?[1]
        ?? checkpoint.shape("visual.attnpool.c_proj.weight", 2)?[0],
      checkpoint.shape("text_projection", 2)?[1],
    ].compactMap { $0 }
    embeddingDimension = Set(shared).count == 1 ? shared[0] : nil
    image = .transformer(in: checkpoint) ?? .resNet(in: checkpoint)
    text = .bert(in: checkpoint)
  }
}

extension ArchitectureHint.Tower {
  /// A tower, if the number of its heads is known: tensors have the same shapes with any.
  fileprivate static func with(
    heads: Int?, _ name: String, width: Int, _ configuration: (Int) -> Configuration
  ) -> Self {
    guard let heads else {
      return .unclear(
        "a \(name) of width \(width), the number of whose heads its tensors do not tell")
    }
    return .known(configuration(heads))
  }
}

extension ArchitectureHint.Tower<ImageEncoderConfiguration> {
  fileprivate static func transformer(in checkpoint: Checkpoint) -> Self? {
    let layers = checkpoint.count { "visual.transformer.resblocks.\($0).ln_1.weight" }
    guard let patches = checkpoint.shape("visual.conv1.weight", 4), patches[2] == patches[3],
      let positions = checkpoint.shape("visual.positional_embedding", 2),
      positions[1] == patches[0], let grid = exactSquareRoot(positions[0] - 1), layers > 0,
      let mlp = checkpoint.shape("visual.transformer.resblocks.0.mlp.c_fc.weight", 2)
    else { return nil }
    // ViT-H-14 is the only released width of 1280.
    let heads = patches[0] == 1280 ? 16 : usualHeads(patches[0])
    return .with(heads: heads, "vision transformer", width: patches[0]) { heads in
      .visionTransformer(
        VisionTransformer.Configuration(
          imageSize: grid * patches[2], patchSize: patches[2], width: patches[0], layers: layers,
          heads: heads, mlpWidth: mlp[0], activation: .quickGELU))
    }
  }

  fileprivate static func resNet(in checkpoint: Checkpoint) -> Self? {
    let stages = (1...4).map { stage in
      checkpoint.count { "visual.layer\(stage).\($0).conv1.weight" }
    }
    guard let stem = checkpoint.shape("visual.conv1.weight", 4), stages.allSatisfy({ $0 > 0 }),
      let positions = checkpoint.shape("visual.attnpool.positional_embedding", 2),
      let grid = exactSquareRoot(positions[0] - 1)
    else { return nil }
    return .with(heads: usualHeads(positions[1]), "ResNet", width: stem[0] * 2) { heads in
      .modifiedResNet(
        ModifiedResNet.Configuration(
          imageSize: grid * 32, layers: stages, width: stem[0] * 2, heads: heads))
    }
  }
}

extension ArchitectureHint.Tower<TextEncoderConfiguration> {
  fileprivate static func bert(in checkpoint: Checkpoint) -> Self? {
    let embeddings = "bert.embeddings"
    let layers = checkpoint.count { "bert.encoder.layer.\($0).output.dense.weight" }
    guard let words = checkpoint.shape("\(embeddings).word_embeddings.weight", 2), layers > 0,
      let positions = checkpoint.shape("\(embeddings).position_embeddings.weight", 2),
      let types = checkpoint.shape("\(embeddings).token_type_embeddings.weight", 2),
      let mlp = checkpoint.shape("bert.encoder.layer.0.intermediate.dense.weight", 2)
    else { return nil }
    return .with(heads: usualHeads(words[1]), "BERT", width: words[1]) { heads in
      .bert(
        BERT.Configuration(
          vocabularySize: words[0], maximumPositions: positions[0], tokenTypes: types[0],
          width: words[1], layers: layers, heads: heads, mlpWidth: mlp[0], activation: .gelu,
          layerNormEpsilon: 1e-12, dropout: 0.1,
          projectionBias: checkpoint["text_projection_bias"] != nil))
    }
  }
}

extension Checkpoint {
  /// The shape of a tensor that must have a number of dimensions.
  fileprivate func shape(_ name: String, _ dimensions: Int) -> [Int]? {
    self[name].flatMap { $0.shape.count == dimensions ? $0.shape : nil }
  }

  /// How many consecutive numbers, from 0, have a tensor.
  fileprivate func count(_ name: (Int) -> String) -> Int {
    var count = 0
    while self[name(count)] != nil { count += 1 }
    return count
  }
}

/// Heads of 64 channels.
private func usualHeads(_ width: Int) -> Int? {
  width > 0 && width.isMultiple(of: 64) ? width / 64 : nil
}

private func exactSquareRoot(_ value: Int) -> Int? {
  guard value > 0 else { return nil }
  let root = Int(Double(value).squareRoot().rounded())
  return root.multipliedReportingOverflow(by: root) == (value, false) ? root : nil
}
