import CLIPData
import CLIPText
import Torch

/// One worker's share of a step, from whatever source.
struct TrainingBatch: Sendable {
  /// What the image encoder gets, or what it would give.
  enum Pictures: Sendable {
    /// `[batch, size, size, 3]`, `uint8`.
    case pixels(Tensor)
    /// Unit features from a cache, `[batch, dimension]`, and the teacher's if there is one.
    case features(Tensor, teacher: Tensor?)
  }

  let pictures: Pictures
  let tokens: TokenizedTexts
  /// The captions themselves, read when they are asked for.
  let texts: @Sendable () throws -> [String]
  /// `[batch]`, `int64`: equal for equal pictures and for equal captions.
  let imageKeys: [Int64]
  let textKeys: [Int64]
  let imageIDs: [Int64]
  /// Where in the stage the batch is.
  let place: TrainingPosition
  /// Pairs that could not be used and were replaced.
  let replacements: [PairBatch.Replacement]

  var count: Int { tokens.count }

  /// The batch for people: where it is and which pictures it holds.
  var name: String {
    let shown = imageIDs.prefix(8).map(String.init).joined(separator: ", ")
    return "epoch \(place.epoch + 1), step \(place.step + 1) of the epoch, pictures \(shown)"
      + (imageIDs.count > 8 ? ", …" : "")
  }
}
