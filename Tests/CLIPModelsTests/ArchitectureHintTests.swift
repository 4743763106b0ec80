import CLIPModels
import Checkpoints
import Testing
import TorchNN

@Suite("Guessing the architecture")
struct ArchitectureHintTests {
  private func checkpoint(_ shapes: [String: [Int]]) throws -> Checkpoint {
    try Checkpoint(
      shapes.sorted { $0.key < $1.key }.map { name, shape in
        (name, try CheckpointTensor(.uint8, shape: shape) { [] })
      })
  }

  private func vision(width: Int, patch: Int, side: Int, layers: Int, dimension: Int) -> [String:
    [Int]]
  {
    var shapes: [String: [Int]] = [
      "visual.conv1.weight": [width, 3, patch, patch], "visual.proj": [width, dimension],
      "visual.positional_embedding": [(side / patch) * (side / patch) + 1, width],
    ]
    for layer in 0..<layers {
      shapes["visual.transformer.resblocks.\(layer).ln_1.weight"] = [width]
      shapes["visual.transformer.resblocks.\(layer).mlp.c_fc.weight"] = [4 * width, width]
    }
    return shapes
  }

  private func text(width: Int, layers: Int, dimension: Int) -> [String: [Int]] {
    var shapes: [String: [Int]] = [
      "bert.embeddings.word_embeddings.weight": [21_128, width],
      "bert.embeddings.position_embeddings.weight": [512, width],
      "bert.embeddings.token_type_embeddings.weight": [2, width],
      "text_projection": [width, dimension],
    ]
    for layer in 0..<layers {
      shapes["bert.encoder.layer.\(layer).intermediate.dense.weight"] = [4 * width, width]
      shapes["bert.encoder.layer.\(layer).output.dense.weight"] = [width, 4 * width]
    }
    return shapes
  }

  @Test(
    "the released ViTs are recognised, with the 16 heads of ViT-H-14",
    arguments: [
      (768, 16, 224, 12, 12, 512), (768, 32, 224, 12, 12, 512), (1024, 14, 224, 24, 16, 768),
      (1024, 14, 336, 24, 16, 768), (1280, 14, 224, 32, 16, 1024),
    ])
  func transformers(width: Int, patch: Int, side: Int, layers: Int, heads: Int, dimension: Int)
    throws
  {
    let shapes = vision(
      width: width, patch: patch, side: side, layers: layers, dimension: dimension
    )
    .merging(text(width: 1024, layers: 24, dimension: dimension)) { first, _ in first }
    let hint = ArchitectureHint(try checkpoint(shapes))
    #expect(
      hint.image?.configuration
        == .visionTransformer(
          VisionTransformer.Configuration(
            imageSize: side, patchSize: patch, width: width, layers: layers, heads: heads,
            mlpWidth: 4 * width, activation: .quickGELU)))
    #expect(hint.embeddingDimension == dimension)
    #expect(
      hint.text?.configuration
        == .bert(
          BERT.Configuration(
            vocabularySize: 21_128, maximumPositions: 512, tokenTypes: 2, width: 1024, layers: 24,
            heads: 16, mlpWidth: 4096, activation: .gelu, layerNormEpsilon: 1e-12, dropout: 0.1,
            projectionBias: false)))
  }

  @Test("RN50 is recognised by its stages and its attention pooling")
  func resNet() throws {
    var shapes = text(width: 768, layers: 3, dimension: 1024)
    shapes["visual.conv1.weight"] = [32, 3, 3, 3]
    shapes["visual.attnpool.positional_embedding"] = [50, 2048]
    shapes["visual.attnpool.c_proj.weight"] = [1024, 2048]
    for (stage, blocks) in [3, 4, 6, 3].enumerated() {
      for block in 0..<blocks {
        shapes["visual.layer\(stage + 1).\(block).conv1.weight"] = [1, 1, 1, 1]
      }
    }
    let hint = ArchitectureHint(try checkpoint(shapes))
    #expect(
      hint.image?.configuration
        == .modifiedResNet(
          ModifiedResNet.Configuration(
            imageSize: 224, layers: [3, 4, 6, 3], width: 64, heads: 32)))
    #expect(hint.embeddingDimension == 1024)
    guard let bert = hint.text?.configuration?.tower as? BERT.Configuration else {
      Issue.record("no BERT")
      return
    }
    #expect(bert.layers == 3)
  }

  @Test("what is ambiguous stays unknown, and says what is known")
  func ambiguity() throws {
    let odd = ArchitectureHint(
      try checkpoint(vision(width: 100, patch: 4, side: 8, layers: 1, dimension: 4)))
    #expect(
      odd.image
        == .unclear(
          "a vision transformer of width 100, the number of whose heads its tensors do not tell"))
    #expect(odd.text == nil)
    var shapes = vision(width: 64, patch: 4, side: 8, layers: 1, dimension: 4)
    shapes["text_projection"] = [64, 5]
    #expect(ArchitectureHint(try checkpoint(shapes)).embeddingDimension == nil)
    shapes["visual.positional_embedding"] = [4, 64]
    #expect(ArchitectureHint(try checkpoint(shapes)).image == nil)
  }
}
