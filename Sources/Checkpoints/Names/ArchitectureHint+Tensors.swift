import Foundation

extension Checkpoint {
  /// What the tensors tell about the model; for names of Chinese-CLIP, see ``native()``.
  ///
  /// A description that a conversion of this package stored beside the tensors completes it with
  /// what tensors cannot tell, as long as it agrees with them.
  public var architecture: ArchitectureHint {
    let seen = ArchitectureHint(self)
    guard case .string(let text) = metadata[Self.architectureKey],
      let stored = try? JSONDecoder().decode(ArchitectureHint.self, from: Data(text.utf8)),
      stored.firstDifference(from: seen) == nil
    else { return seen }
    return stored
  }

  /// The name under which conversions store an ``ArchitectureHint`` as JSON.
  package static let architectureKey = "architecture"
}

extension ArchitectureHint {
  /// Reads the shapes of tensors in Chinese-CLIP's names.
  init(_ checkpoint: Checkpoint) {
    let image = Vision(transformer: checkpoint) ?? Vision(resNet: checkpoint)
    let text = Text(checkpoint)
    let imageDimension =
      checkpoint.shape("visual.proj", 2)?[1]
      ?? checkpoint.shape("visual.attnpool.c_proj.weight", 2)?[0]
    let textDimension = checkpoint.shape("text_projection", 2)?[1]
    let agree = imageDimension == nil || textDimension == nil || imageDimension == textDimension
    self.init(
      embeddingDimension: agree ? imageDimension ?? textDimension : nil, vision: image, text: text)
  }

  /// The first fact that shapes can tell and that is another one in another description.
  func firstDifference(
    from other: ArchitectureHint
  ) -> (key: String, here: String, there: String)? {
    for (here, there) in zip(shapeFacts, other.shapeFacts) where here.value != there.value {
      return (
        here.key, here.value.map { "\($0)" } ?? "absent", there.value.map { "\($0)" } ?? "absent"
      )
    }
    return nil
  }

  private var shapeFacts: [(key: String, value: Int?)] {
    [
      ("projection_dim", embeddingDimension),
      ("vision image_size", vision?.imageSize),
      ("vision patch_size", vision?.patchSize),
      ("vision hidden_size", vision?.width),
      ("vision layers", vision?.layers.reduce(0, +)),
      ("vision intermediate_size", vision?.intermediateSize),
      ("text vocab_size", text?.vocabularySize),
      ("text max_position_embeddings", text?.positions),
      ("text type_vocab_size", text?.tokenTypes),
      ("text hidden_size", text?.width),
      ("text num_hidden_layers", text?.layers),
      ("text intermediate_size", text?.intermediateSize),
    ]
  }
}

extension ArchitectureHint.Vision {
  init?(transformer checkpoint: Checkpoint) {
    let blocks = checkpoint.count { "visual.transformer.resblocks.\($0).ln_1.weight" }
    guard let patches = checkpoint.shape("visual.conv1.weight", 4), patches[2] == patches[3],
      let positions = checkpoint.shape("visual.positional_embedding", 2),
      positions[1] == patches[0], let grid = exactSquareRoot(positions[0] - 1), blocks > 0,
      let mlp = checkpoint.shape("visual.transformer.resblocks.0.mlp.c_fc.weight", 2)
    else { return nil }
    self.init(
      kind: .visionTransformer, imageSize: grid * patches[2], patchSize: patches[2],
      width: patches[0], layers: [blocks],
      // ViT-H-14 is the only released width of 1280.
      heads: patches[0] == 1280 ? 16 : usualHeads(patches[0]), intermediateSize: mlp[0],
      activation: "quick_gelu", layerNormEpsilon: 1e-5)
  }

  init?(resNet checkpoint: Checkpoint) {
    let stages = (1...4).map { stage in
      checkpoint.count { "visual.layer\(stage).\($0).conv1.weight" }
    }
    guard let stem = checkpoint.shape("visual.conv1.weight", 4), stages.allSatisfy({ $0 > 0 }),
      let positions = checkpoint.shape("visual.attnpool.positional_embedding", 2),
      let grid = exactSquareRoot(positions[0] - 1), let pooled = usualHeads(positions[1])
    else { return nil }
    self.init(
      kind: .modifiedResNet, imageSize: grid * 32, patchSize: nil, width: stem[0] * 2,
      layers: stages, heads: pooled, intermediateSize: nil, activation: "relu",
      layerNormEpsilon: 1e-5)
  }
}

extension ArchitectureHint.Text {
  init?(_ checkpoint: Checkpoint) {
    let embeddings = "bert.embeddings"
    let layers = checkpoint.count { "bert.encoder.layer.\($0).output.dense.weight" }
    guard let words = checkpoint.shape("\(embeddings).word_embeddings.weight", 2), layers > 0,
      let positions = checkpoint.shape("\(embeddings).position_embeddings.weight", 2),
      let types = checkpoint.shape("\(embeddings).token_type_embeddings.weight", 2),
      let mlp = checkpoint.shape("bert.encoder.layer.0.intermediate.dense.weight", 2)
    else { return nil }
    self.init(
      vocabularySize: words[0], positions: positions[0], tokenTypes: types[0], width: words[1],
      layers: layers, heads: usualHeads(words[1]), intermediateSize: mlp[0], activation: "gelu",
      layerNormEpsilon: 1e-12)
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
