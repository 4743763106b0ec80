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
