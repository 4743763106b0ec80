public import CLIPData
public import CLIPModels
import Torch

/// How well a model finds that pictures and captions fit: for filters, and for looking at a data set.
public enum PairScores {
  /// The score of each pair as the model compares pictures with texts: a cosine in most.
  ///
  /// Every picture and every text is embedded once, however many pairs it is in.
  ///
  /// - Parameters:
  ///   - pairs: what to score.
  ///   - dataset: where the pictures come from.
  ///   - model: what embeds.
  /// - Returns: one score a pair.
  /// - Throws: `DataError` for a broken picture, and what the model throws.
  public static func scores(
    of pairs: [CaptionPair], in dataset: any PairDataset, model: CLIP
  ) throws -> [Double] {
    var imagePlaces: [Int64: Int] = [:]
    var imageIDs: [Int64] = []
    var textPlaces: [String: Int] = [:]
    var texts: [String] = []
    for pair in pairs {
      if imagePlaces[pair.imageID] == nil {
        imagePlaces[pair.imageID] = imageIDs.count
        imageIDs.append(pair.imageID)
      }
      if textPlaces[pair.text] == nil {
        textPlaces[pair.text] = texts.count
        texts.append(pair.text)
      }
    }
    var partners = [[(pair: Int, text: Int)]](repeating: [], count: imageIDs.count)
    for (index, pair) in pairs.enumerated() {
      guard let image = imagePlaces[pair.imageID], let text = textPlaces[pair.text] else {
        continue
      }
      partners[image].append((index, text))
    }
    let inputs = imageIDs.map { id in
      PictureInput(name: "picture \(id)") { try dataset.imageData(for: id) }
    }
    var scores = [Double](repeating: 0, count: pairs.count)
    guard model.interaction.needsTokens else {
      let vectors = try model.embed(texts: texts)
      try model.embed(pictures: inputs) { image, result in
        let picture = try result.get()
        for (pair, text) in partners[image] {
          scores[pair] = zip(picture, vectors[text]).reduce(0) {
            $0 + Double($1.0) * Double($1.1)
          }
        }
      }
      return scores
    }
    let features = try model.features(texts: texts)
    try model.features(pictures: inputs) { image, result in
      let picture = try result.get()
      for (pair, text) in partners[image] {
        let score = try withInferenceMode {
          try model.interaction.imageToText(picture, features.sliced(text..<text + 1))
        }
        scores[pair] = try score.item()
      }
    }
    return scores
  }
}
