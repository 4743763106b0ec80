import Checkpoints
import Testing

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
    let hint = try checkpoint(shapes).architecture
    let image = try #require(hint.vision)
    #expect(image.kind == .visionTransformer)
    #expect((image.width, image.patchSize, image.imageSize) == (width, patch, side))
    #expect((image.layers, image.heads, image.intermediateSize) == ([layers], heads, 4 * width))
    #expect(hint.embeddingDimension == dimension)
    let words = try #require(hint.text)
    #expect((words.width, words.layers, words.heads) == (1024, 24, 16))
    #expect((words.vocabularySize, words.positions, words.intermediateSize) == (21_128, 512, 4096))
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
    let hint = try checkpoint(shapes).architecture
    let image = try #require(hint.vision)
    #expect(image.kind == .modifiedResNet)
    #expect(
      (image.width, image.layers, image.imageSize, image.heads) == (64, [3, 4, 6, 3], 224, 32))
    #expect(image.patchSize == nil)
    #expect(hint.embeddingDimension == 1024)
    #expect(hint.text?.layers == 3)
  }

  @Test("what is ambiguous stays unknown")
  func ambiguity() throws {
    let odd = try checkpoint(vision(width: 100, patch: 4, side: 8, layers: 1, dimension: 4))
    #expect(odd.architecture.vision?.heads == nil)
    #expect(odd.architecture.text == nil)
    var shapes = vision(width: 64, patch: 4, side: 8, layers: 1, dimension: 4)
    shapes["text_projection"] = [64, 5]
    #expect(try checkpoint(shapes).architecture.embeddingDimension == nil)
    shapes["visual.positional_embedding"] = [4, 64]
    #expect(try checkpoint(shapes).architecture.vision == nil)
  }

  @Test("a stored description that contradicts the tensors is not believed")
  func storedDescription() throws {
    let shapes = vision(width: 100, patch: 4, side: 8, layers: 1, dimension: 4)
    var truth = try checkpoint(shapes).architecture
    truth.vision?.heads = 5
    func stored(_ json: String) throws -> Checkpoint {
      try Checkpoint(
        checkpoint(shapes).names.map { name in
          (name, try CheckpointTensor(.uint8, shape: shapes[name] ?? []) { [] })
        }, metadata: ["architecture": .string(json)])
    }
    let json =
      #"{"embed_dim":4,"vision":{"type":"vision_transformer","image_size":8,"patch_size":4,"#
      + #""width":100,"layers":[1],"heads":5,"intermediate_size":400,"hidden_act":"quick_gelu","#
      + #""layer_norm_eps":1e-5}}"#
    #expect(try stored(json).architecture == truth)
    let lie = json.replacing("\"width\":100", with: "\"width\":101")
    #expect(try stored(lie).architecture.vision?.heads == nil)
    #expect(try stored("{").architecture.vision?.heads == nil)
  }
}
