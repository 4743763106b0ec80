import CLIPData
import CLIPEvaluation
import CLIPModels
import Foundation
import Testing
import Torch

/// FILIP's similarity, written for the test: every token's best answer, averaged over the tokens.
struct BestTokens: Interaction {
  var needsTokens: Bool { true }

  func imageToText(_ images: Features, _ texts: Features) throws(TorchError) -> Tensor {
    try best(images, texts)
  }

  func textToImage(_ texts: Features, _ images: Features) throws(TorchError) -> Tensor {
    try best(texts, images)
  }

  private func best(_ asking: Features, _ answers: Features) throws(TorchError) -> Tensor {
    guard let a = asking.tokens, let b = answers.tokens else {
      throw TorchError("there are no tokens")
    }
    let (rows, tokens, columns) = (a.shape[0], a.shape[1], b.shape[0])
    let flat = try a.reshaped(rows * tokens, -1).matmul(
      b.reshaped(columns * b.shape[1], -1).transposed())
    return try flat.reshaped(rows, tokens, columns, b.shape[1]).max(axis: 3).mean(axis: 1)
  }
}

@Suite struct InteractionTests {
  /// Five captions of a picture each; pictures come in another order.
  private struct Five: PairDataset {
    let source = "test"
    var pairCount: Int { 5 }
    func pair(at index: Int) throws -> CaptionPair { throw DataError.invalidSetting("not needed") }
    func imageData(for imageID: Int64) throws -> Data {
      throw DataError.unknownImage(id: imageID, source: source)
    }
    func imageIDs() -> [Int64] { [14, 13, 12, 11, 10] }
    func captions() -> [Caption] {
      (0..<5).map { Caption(textID: $0, text: "\($0)", imageIDs: [10 + $0]) }
    }
  }

  @Test("recall by tokens is that of the interaction, and by embeddings that of the search")
  func recall() throws {
    var evaluation = try RetrievalEvaluation(Five())
    evaluation.depths = [1]
    let ids = evaluation.imageIDs
    try Random.seed(5)
    func features(_ tokens: Int) throws -> Features {
      try Features(embedding: Random.normal([5, 8]), tokens: Random.normal([5, tokens, 8]))
        .normalized()
    }
    let (images, texts) = (try features(3), try features(4))
    func set(_ ids: [Int64], _ features: Features) throws -> FeatureSet {
      try FeatureSet(
        ids: ids, embeddings: Embeddings(dimension: 8, values: features.embedding.scalars()))
    }
    let global = try evaluation.scores(
      images: images, imageIDs: ids, texts: texts, by: GlobalInteraction())
    #expect(
      try global
        == evaluation.scores(images: set(ids, images), texts: set([0, 1, 2, 3, 4], texts)))
    // Pictures whose tokens are their captions' are all found, whatever the embeddings say.
    var own = images
    own.tokens = try texts.tokens?.flipped(axis: 0)
    let found = try evaluation.scores(images: own, imageIDs: ids, texts: texts, by: BestTokens())
    #expect(found.textToImage.mean == 1 && found.imageToText.mean == 1)
    #expect(global.mean < 1 && found.imageCount == 5 && found.textCount == 5)
    #expect(throws: EvaluationError.self) {
      try evaluation.scores(
        images: images, imageIDs: Array(ids.dropLast()), texts: texts, by: BestTokens())
    }
  }
}
