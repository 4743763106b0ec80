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

/// A way to compare pictures with texts.
public protocol Interaction: Sendable {
  /// Compares some pairs with all.
  ///
  /// - Parameters:
  ///   - rows: which pairs ask.
  ///   - images: unit features of all pictures, `[batch, dimension]`.
  ///   - texts: unit features of all texts, `[batch, dimension]`.
  /// - Returns: both matrices of scores, not yet scaled.
  /// - Throws: `TorchError` when the shapes disagree.
  func callAsFunction(
    rows: Range<Int>, images: Tensor, texts: Tensor
  ) throws(TorchError) -> Scores
}

/// The cosine of one feature with one other, as in CLIP.
public struct GlobalInteraction: Interaction {
  /// There is nothing to choose.
  public init() {}

  /// Matrix products of the rows with everything.
  public func callAsFunction(
    rows: Range<Int>, images: Tensor, texts: Tensor
  ) throws(TorchError) -> Scores {
    Scores(
      imageToText: try images.sliced(rows).matmul(texts.transposed()),
      textToImage: try texts.sliced(rows).matmul(images.transposed()))
  }
}
