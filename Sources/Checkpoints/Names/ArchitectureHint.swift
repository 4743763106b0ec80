/// What the tensors of a checkpoint tell about the model, in Chinese-CLIP's names.
///
/// Numbers of heads are not in tensors: they are what every released model of the width has
/// (64 channels a head, 80 in ViT-H-14), and `nil` where the width is no multiple of that. A
/// conversion can carry the true numbers along, see ``Checkpoint/architecture``.
public struct ArchitectureHint: Codable, Hashable, Sendable {
  /// An image tower.
  public struct Vision: Codable, Hashable, Sendable {
    /// The kinds that are recognised.
    public enum Kind: String, Codable, Sendable {
      /// A ViT.
      case visionTransformer = "vision_transformer"
      /// OpenAI's ResNet with attention pooling.
      case modifiedResNet = "modified_resnet"
    }

    /// The kind.
    public var kind: Kind
    /// Height and width of the picture in pixels.
    public var imageSize: Int
    /// Height and width of a patch in pixels; `nil` for a ResNet.
    public var patchSize: Int?
    /// Channels: of every token, or after a ResNet's stem.
    public var width: Int
    /// Blocks per stage; a ViT has one stage.
    public var layers: [Int]
    /// Attention heads.
    public var heads: Int?
    /// Channels inside the MLP of a block; `nil` for a ResNet.
    public var intermediateSize: Int?
    /// The activation of the MLP.
    public var activation: String
    /// The epsilon of normalisations.
    public var layerNormEpsilon: Double

    enum CodingKeys: String, CodingKey {
      case kind = "type"
      case imageSize = "image_size"
      case patchSize = "patch_size"
      case width, layers, heads
      case intermediateSize = "intermediate_size"
      case activation = "hidden_act"
      case layerNormEpsilon = "layer_norm_eps"
    }
  }

  /// A BERT text tower.
  public struct Text: Codable, Hashable, Sendable {
    /// Entries of the vocabulary.
    public var vocabularySize: Int
    /// Longest text in tokens.
    public var positions: Int
    /// Kinds of tokens.
    public var tokenTypes: Int
    /// Channels of every token.
    public var width: Int
    /// Layers.
    public var layers: Int
    /// Attention heads.
    public var heads: Int?
    /// Channels inside the MLP of a layer.
    public var intermediateSize: Int
    /// The activation of the MLP.
    public var activation: String
    /// The epsilon of normalisations.
    public var layerNormEpsilon: Double

    enum CodingKeys: String, CodingKey {
      case vocabularySize = "vocab_size"
      case positions = "max_position_embeddings"
      case tokenTypes = "type_vocab_size"
      case width = "hidden_size"
      case layers = "num_hidden_layers"
      case heads = "num_attention_heads"
      case intermediateSize = "intermediate_size"
      case activation = "hidden_act"
      case layerNormEpsilon = "layer_norm_eps"
    }
  }

  /// Channels of an embedding.
  public var embeddingDimension: Int?
  /// The image tower, where it is there and recognised.
  public var vision: Vision?
  /// The text tower, where it is there and recognised.
  public var text: Text?

  enum CodingKeys: String, CodingKey {
    case embeddingDimension = "embed_dim"
    case vision, text
  }

  /// Makes a description.
  public init(embeddingDimension: Int?, vision: Vision?, text: Text?) {
    self.embeddingDimension = embeddingDimension
    self.vision = vision
    self.text = text
  }
}
