public import Torch

/// How well pictures and texts fit, both ways: the two are not each other's transpose in every
/// method (FILIP, GLoRIA).
public struct Scores: Sendable {
  /// `[rows, texts]`: some pictures against all texts.
  public let imageToText: Tensor
  /// `[rows, images]`: their texts against all pictures.
  public let textToImage: Tensor

  /// Joins the two.
  public init(imageToText: Tensor, textToImage: Tensor) {
    self.imageToText = imageToText
    self.textToImage = textToImage
  }
}

/// A way to compare pictures with texts: a property of a model, for training, evaluation and use.
public protocol Interaction: Hashable, Sendable {
  /// Whether tokens are compared and not embeddings alone.
  var needsTokens: Bool { get }
  /// Whether tokens are of unit length when they are compared.
  var normalizesTokens: Bool { get }
  /// Whether the scores of texts are the transpose of those of pictures, so that one way is enough.
  var isSymmetric: Bool { get }

  /// Lets pictures ask texts.
  ///
  /// - Parameters:
  ///   - images: unit features.
  ///   - texts: unit features.
  /// - Returns: `[images, texts]`.
  /// - Throws: `TorchError` when the shapes disagree.
  func imageToText(_ images: Features, _ texts: Features) throws(TorchError) -> Tensor

  /// Lets texts ask pictures.
  ///
  /// - Parameters:
  ///   - texts: unit features.
  ///   - images: unit features.
  /// - Returns: `[texts, images]`.
  /// - Throws: `TorchError` when the shapes disagree.
  func textToImage(_ texts: Features, _ images: Features) throws(TorchError) -> Tensor

  /// Which tokens a training step compares, chosen among the worker's own samples.
  ///
  /// - Parameters:
  ///   - images: unit features of the worker's pictures.
  ///   - texts: unit features of their texts.
  /// - Returns: the tokens to keep; nil: all.
  /// - Throws: `TorchError` when the shapes disagree.
  func selection(
    images: Features, texts: Features
  ) throws(TorchError) -> (images: TokenSelection, texts: TokenSelection)?

  /// How much each word of a text has to do with each place of a picture.
  ///
  /// - Parameters:
  ///   - image: features of one picture.
  ///   - text: features of one text.
  /// - Returns: `[tokens of the text, places]`, padding and marks included; nil where embeddings
  ///   alone are compared.
  /// - Throws: `TorchError` when the shapes disagree.
  func alignment(image: Features, text: Features) throws(TorchError) -> Tensor?
}

extension Interaction {
  /// true.
  public var normalizesTokens: Bool { true }
  /// false.
  public var isSymmetric: Bool { false }

  /// nil.
  public func alignment(image: Features, text: Features) throws(TorchError) -> Tensor? { nil }

  /// All tokens.
  public func selection(
    images: Features, texts: Features
  ) throws(TorchError) -> (images: TokenSelection, texts: TokenSelection)? {
    nil
  }

  /// Compares some pairs with all: what a worker's share of a batch needs.
  ///
  /// - Parameters:
  ///   - rows: which pairs ask.
  ///   - images: unit features of all pictures.
  ///   - texts: unit features of all texts.
  /// - Returns: scores in both directions, each `[rows, batch]`.
  /// - Throws: `TorchError` when the shapes disagree.
  public func callAsFunction(
    rows: Range<Int>, images: Features, texts: Features
  ) throws(TorchError) -> Scores {
    if isSymmetric, rows.count == images.count, images.count == texts.count {
      let scores = try imageToText(images, texts)
      return Scores(imageToText: scores, textToImage: try scores.transposed())
    }
    return Scores(
      imageToText: try imageToText(images.sliced(rows), texts),
      textToImage: try textToImage(texts.sliced(rows), images))
  }
}

/// The cosine of one embedding with one other, as in CLIP.
public struct GlobalInteraction: Interaction {
  /// Embeddings suffice.
  public var needsTokens: Bool { false }

  /// There is nothing to choose.
  public init() {}

  /// A matrix product.
  public func imageToText(_ images: Features, _ texts: Features) throws(TorchError) -> Tensor {
    try images.embedding.matmul(texts.embedding.transposed())
  }

  /// A matrix product.
  public func textToImage(_ texts: Features, _ images: Features) throws(TorchError) -> Tensor {
    try texts.embedding.matmul(images.embedding.transposed())
  }
}
