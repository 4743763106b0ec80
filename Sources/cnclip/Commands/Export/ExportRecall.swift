import CLIPData
import CLIPEvaluation
import CLIPExport
import CLIPImages
import CLIPModels
import Foundation
import Torch

/// Recall of a model and of what was exported of it, side by side.
struct ExportRecall {
  private let evaluation: RetrievalEvaluation
  private let model: ModelFiles

  /// Opens a data set.
  ///
  /// - Parameters:
  ///   - data: as for `cnclip evaluate retrieval`.
  ///   - split: which part.
  ///   - model: what is exported.
  /// - Throws: `DataError`, `EvaluationError`.
  init(data: String, split: String, model: ModelFiles) throws {
    evaluation = try RetrievalEvaluation(
      DatasetLocation.find(data, split: split).open(policy: .fail))
    self.model = model
  }

  /// Embeds everything twice and counts.
  ///
  /// - Parameter report: of the export, of both encoders.
  /// - Returns: a table, recall in percent.
  /// - Throws: `DataError` for a broken picture, `EvaluationError`, `ExportError`.
  func table(of report: ExportReport) throws -> String {
    let exported = try ExportedModel(report, of: model)
    let own = try evaluation.run(CLIP.load(model, options: CLIP.Options(device: .cpu)))
    let preprocessor = model.configuration.preprocessor()
    var values: [Float] = []
    for start in stride(from: 0, to: evaluation.imageIDs.count, by: CLIP.defaultBatchSize) {
      let ids = evaluation.imageIDs.dropFirst(start).prefix(CLIP.defaultBatchSize)
      values += try exported.embed(
        images: ids.map { try preprocessor(evaluation.dataset.imageData(for: $0)) }
      ).values
    }
    let images = try FeatureSet(
      ids: evaluation.imageIDs,
      embeddings: Embeddings(dimension: model.configuration.embeddingDimension, values: values))
    let texts = try FeatureSet(
      ids: evaluation.captions.map(\.textID),
      embeddings: exported.embed(texts: evaluation.captions.map(\.text)))
    return rows(own, try evaluation.scores(images: images, texts: texts))
  }

  private func rows(_ own: RetrievalScores, _ exported: RetrievalScores) -> String {
    let columns = own.textToImage.entries.map { "R@\($0.depth)" } + ["mean"]
    var table = Table([.left, .left] + columns.map { _ in .right })
    table.add(cells: ["", ""] + columns)
    for (direction, recall) in [
      ("text → image", \RetrievalScores.textToImage), ("image → text", \.imageToText),
    ] {
      for (name, scores) in [("model", own), ("exported", exported)] {
        let shares = scores[keyPath: recall].entries.map(\.share) + [scores[keyPath: recall].mean]
        table.add(cells: [direction, name] + shares.map { String(format: "%.2f", 100 * $0) })
      }
    }
    return "\(table.text)\n\(own.imageCount) pictures, \(own.textCount) texts"
  }
}
