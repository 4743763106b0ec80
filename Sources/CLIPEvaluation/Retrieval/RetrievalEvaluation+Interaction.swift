import CLIPData
public import CLIPModels
import Torch

extension RetrievalEvaluation {
  /// Counts the recall of features that an interaction compares, tokens for example.
  ///
  /// - Parameters:
  ///   - images: unit features of the pictures.
  ///   - imageIDs: whose they are.
  ///   - texts: unit features of the captions, in their order.
  ///   - interaction: how they are compared.
  /// - Returns: the recall of both directions.
  /// - Throws: ``EvaluationError``, and `TorchError` when the shapes disagree.
  public func scores(
    images: Features, imageIDs: [Int64], texts: Features, by interaction: any Interaction
  ) throws -> RetrievalScores {
    guard images.count == imageIDs.count, texts.count == captions.count else {
      throw EvaluationError.invalidSetting(
        "\(images.count) and \(texts.count) features were given for \(imageIDs.count) pictures "
          + "and \(captions.count) captions.")
    }
    let textIDs = captions.map(\.textID)
    return try scores(
      textToImage: rankings(of: textIDs, among: imageIDs) {
        try interaction.textToImage(texts.sliced($0), images)
      },
      imageToText: rankings(of: imageIDs, among: textIDs) {
        try interaction.imageToText(images.sliced($0), texts)
      },
      imageIDs: imageIDs, textCount: textIDs.count)
  }

  /// Queries in one block of scores.
  private static let block = 64

  private func rankings(
    of queries: [Int64], among gallery: [Int64], _ scores: (Range<Int>) throws -> Tensor
  ) throws -> [Ranking] {
    var rankings: [Ranking] = []
    for start in stride(from: 0, to: queries.count, by: Self.block) {
      let rows = start..<min(start + Self.block, queries.count)
      let block = try withInferenceMode { try scores(rows).to(.float32).scalars(Float.self) }
      let selections = SelectionBlock(
        count: rows.count, k: min(deepest, gallery.count), margin: 0)
      block.withUnsafeBufferPointer { selections.offer($0, from: 0) }
      let best = selections.best { row, place in Double(block[row * gallery.count + place]) }
      rankings += zip(rows, best).map { row, places in
        Ranking(query: queries[row], results: places.map { gallery[$0] })
      }
    }
    return rankings
  }
}
