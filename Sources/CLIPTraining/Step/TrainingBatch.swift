public import CLIPData
public import Torch

/// One worker's share of a step: the samples, and what the image encoder gets of their pictures.
public struct TrainingBatch: Sendable {
  /// What the image encoder gets, or what its trunk would give.
  public enum Pictures: Sendable {
    /// The samples have none.
    case none
    /// `[batch, size, size, 3]`, `uint8`.
    case pixels(Tensor)
    /// What the trunk pools, from a cache, `[batch, width]`, and the teacher's embeddings if there is
    /// one.
    case pooled(Tensor, teacher: Tensor?)
  }

  /// Ids, texts, tokens, keys and labels.
  public let samples: SampleBatch
  /// What the image encoder gets.
  public let pictures: Pictures

  /// The number of samples.
  public var count: Int { samples.count }

  package init(_ samples: SampleBatch, pictures: Pictures) {
    self.samples = samples
    self.pictures = pictures
  }

  /// The batch for people: where it is and which pictures or texts it holds.
  var name: String {
    let (what, ids) =
      samples.imageIDs.isEmpty
      ? ("texts", samples.views.first?.ids ?? []) : ("pictures", samples.imageIDs)
    let shown = ids.prefix(8).map(String.init).joined(separator: ", ")
    return "epoch \(samples.place.epoch + 1), step \(samples.place.step + 1) of the epoch, \(what) "
      + shown + (ids.count > 8 ? ", …" : "")
  }
}
