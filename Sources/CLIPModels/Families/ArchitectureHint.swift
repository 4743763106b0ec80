public import Checkpoints

/// What the tensors of a checkpoint, under Chinese-CLIP's names, tell of the model.
public struct ArchitectureHint: Sendable {
  /// What they tell of one tower.
  public enum Tower<Configuration: Hashable & Sendable>: Hashable, Sendable {
    /// The tower.
    case known(Configuration)
    /// A tower of which something is missing; a sentence says what is known.
    case unclear(String)

    /// The tower, if nothing is missing.
    public var configuration: Configuration? {
      if case .known(let configuration) = self { configuration } else { nil }
    }
  }

  /// The size of the shared space; nil without projections, or if the towers' disagree.
  public let embeddingDimension: Int?
  /// The image encoder; nil if there is none, or none that is recognised.
  public let image: Tower<ImageEncoderConfiguration>?
  /// The text encoder; nil if there is none, or none that is recognised.
  public let text: Tower<TextEncoderConfiguration>?
}

extension ArchitectureHint {
  /// Reads the shapes of tensors: every tower that is known looks for itself.
  ///
  /// - Parameter checkpoint: with native names, see `Checkpoint.native()`.
  public init(_ checkpoint: Checkpoint) {
    let shared = [
      checkpoint.shape("visual.proj", 2)?[1]
        ?? checkpoint.shape("visual.attnpool.c_proj.weight", 2)?[0],
      checkpoint.shape("text_projection", 2)?[1],
    ].compactMap { $0 }
    embeddingDimension = Set(shared).count == 1 ? shared[0] : nil
    func image(_ type: (some ImageTowerConfiguration).Type) -> Tower<ImageEncoderConfiguration>? {
      type.recognized(in: checkpoint)?.map { ImageEncoderConfiguration($0) }
    }
    func text(_ type: (some TextTowerConfiguration).Type) -> Tower<TextEncoderConfiguration>? {
      type.recognized(in: checkpoint)?.map { TextEncoderConfiguration($0) }
    }
    self.image = ImageEncoderConfiguration.kinds.lazy.compactMap { image($0) }.first
    self.text = TextEncoderConfiguration.kinds.lazy.compactMap { text($0) }.first
  }
}
