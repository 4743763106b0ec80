import CLIPModels
import CLIPText
import Torch

extension CLIP {
  /// What pictures are compared with, whatever the model compares: vectors or tokens.
  ///
  /// - Parameters:
  ///   - tokens: the texts, tokenized.
  ///   - texts: the same as written.
  /// - Returns: unit features.
  /// - Throws: what the model throws.
  func comparable(_ tokens: TokenizedTexts, of texts: [String]) throws -> Features {
    if interaction.needsTokens { return try features(texts: texts) }
    return try Features(rows: embed(tokens: tokens))
  }

  /// The same of pictures of any number.
  ///
  /// - Parameters:
  ///   - pictures: what to read.
  ///   - warn: called for each picture that is damaged but could be read.
  ///   - handle: called for each picture in order, with its features or what kept it from being read.
  /// - Throws: what `handle` throws, or an error of the network.
  func comparable(
    pictures: [PictureInput], warn: (Int, String) throws -> Void,
    handle: (Int, Result<Features, any Error>) throws -> Void
  ) throws {
    if interaction.needsTokens {
      return try features(pictures: pictures, warn: warn, handle: handle)
    }
    try embed(
      pictures: pictures, warn: warn,
      handle: { index, outcome in
        switch outcome {
        case .success(let row):
          let vector = Embeddings(dimension: embeddingDimension, values: Array(row))
          try handle(index, .success(try Features(rows: vector)))
        case .failure(let error): try handle(index, .failure(error))
        }
      })
  }

  /// A picture's scores with texts, in the model's own way.
  func scores(of picture: Features, with texts: Features) throws -> [Float] {
    try withInferenceMode {
      try interaction.imageToText(picture, texts).to(.float32).scalars(Float.self)
    }
  }
}

extension Features {
  fileprivate init(rows: Embeddings) throws {
    self.init(embedding: try Tensor(rows.values, shape: [rows.count, rows.dimension]))
  }
}
