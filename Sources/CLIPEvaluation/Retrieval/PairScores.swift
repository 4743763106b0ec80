public import CLIPData
public import CLIPModels

/// How well a model finds that pictures and captions fit: for filters, and for looking at a data set.
public enum PairScores {
  /// The cosine of each pair.
  ///
  /// Every picture and every text is embedded once, however many pairs it is in.
  ///
  /// - Parameters:
  ///   - pairs: what to score.
  ///   - dataset: where the pictures come from.
  ///   - model: what embeds.
  /// - Returns: one cosine a pair.
  /// - Throws: `DataError` for a broken picture, and what the model throws.
  public static func cosines(
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
    let textVectors = try model.embed(texts: texts)
    let inputs = imageIDs.map { id in
      PictureInput(name: "picture \(id)") { try dataset.imageData(for: id) }
    }
    var imageValues: [Float] = []
    imageValues.reserveCapacity(imageIDs.count * model.embeddingDimension)
    try model.embed(pictures: inputs) { _, result in imageValues += try result.get() }
    let imageVectors = Embeddings(dimension: model.embeddingDimension, values: imageValues)
    return pairs.map { pair in
      guard let image = imagePlaces[pair.imageID], let text = textPlaces[pair.text] else {
        return 0
      }
      return zip(imageVectors[image], textVectors[text]).reduce(0) {
        $0 + Double($1.0) * Double($1.1)
      }
    }
  }
}
