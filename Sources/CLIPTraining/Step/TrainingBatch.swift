public import CLIPData
public import CLIPText
public import Torch

/// One worker's share of a step, from whatever source.
public struct TrainingBatch: Sendable {
  /// What the image encoder gets, or what it would give.
  public enum Pictures: Sendable {
    /// `[batch, size, size, 3]`, `uint8`.
    case pixels(Tensor)
    /// What the trunk pools, from a cache, `[batch, width]`, and the teacher's embeddings if there is
    /// one.
    case pooled(Tensor, teacher: Tensor?)
  }

  /// What the image encoder gets.
  public let pictures: Pictures
  /// The captions' ids.
  public let tokens: TokenizedTexts
  /// The captions themselves, read when they are asked for.
  public let texts: @Sendable () throws -> [String]
  /// Equal for equal pictures.
  public let imageKeys: [Int64]
  /// Equal for equal captions.
  public let textKeys: [Int64]
  /// The pictures' ids in the data set.
  public let imageIDs: [Int64]
  /// The captions' ids in the data set.
  public let textIDs: [Int64]
  /// Where in the stage the batch is.
  public let place: TrainingPosition
  /// Pairs that could not be used and were replaced.
  public let replacements: [PairBatch.Replacement]

  /// The number of pairs.
  public var count: Int { tokens.count }

  package init(
    pictures: Pictures, tokens: TokenizedTexts, texts: @escaping @Sendable () throws -> [String],
    imageKeys: [Int64], textKeys: [Int64], imageIDs: [Int64], textIDs: [Int64],
    place: TrainingPosition, replacements: [PairBatch.Replacement]
  ) {
    self.pictures = pictures
    self.tokens = tokens
    self.texts = texts
    self.imageKeys = imageKeys
    self.textKeys = textKeys
    self.imageIDs = imageIDs
    self.textIDs = textIDs
    self.place = place
    self.replacements = replacements
  }

  /// The batch for people: where it is and which pictures it holds.
  var name: String {
    let shown = imageIDs.prefix(8).map(String.init).joined(separator: ", ")
    return "epoch \(place.epoch + 1), step \(place.step + 1) of the epoch, pictures \(shown)"
      + (imageIDs.count > 8 ? ", …" : "")
  }
}
