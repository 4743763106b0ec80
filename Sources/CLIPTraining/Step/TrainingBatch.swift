package import CLIPData
package import CLIPText
package import Torch

/// One worker's share of a step, from whatever source.
package struct TrainingBatch: Sendable {
  /// What the image encoder gets, or what it would give.
  package enum Pictures: Sendable {
    /// `[batch, size, size, 3]`, `uint8`.
    case pixels(Tensor)
    /// Unit features from a cache, `[batch, dimension]`, and the teacher's if there is one.
    case features(Tensor, teacher: Tensor?)
  }

  package let pictures: Pictures
  package let tokens: TokenizedTexts
  /// The captions themselves, read when they are asked for.
  package let texts: @Sendable () throws -> [String]
  /// `[batch]`, `int64`: equal for equal pictures and for equal captions.
  package let imageKeys: [Int64]
  package let textKeys: [Int64]
  package let imageIDs: [Int64]
  /// Where in the stage the batch is.
  package let place: TrainingPosition
  /// Pairs that could not be used and were replaced.
  package let replacements: [PairBatch.Replacement]

  package var count: Int { tokens.count }

  package init(
    pictures: Pictures, tokens: TokenizedTexts, texts: @escaping @Sendable () throws -> [String],
    imageKeys: [Int64], textKeys: [Int64], imageIDs: [Int64], place: TrainingPosition,
    replacements: [PairBatch.Replacement]
  ) {
    self.pictures = pictures
    self.tokens = tokens
    self.texts = texts
    self.imageKeys = imageKeys
    self.textKeys = textKeys
    self.imageIDs = imageIDs
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
