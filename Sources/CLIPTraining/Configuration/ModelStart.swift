public import CLIPModels
public import TorchNN

/// What training starts from: a whole model, or an architecture with towers from two files.
public struct ModelStart: Codable, Hashable, Sendable {
  /// A preset, a checkpoint file or a model folder; `embedded` is the small model of the package.
  public var from: String?
  /// The weights of a preset, a `.pt` file.
  public var checkpoint: String?
  /// What is built where ``from`` is absent.
  public var architecture: Architecture?
  /// A checkpoint whose image encoder and temperature are taken: OpenAI's CLIP, or any other.
  public var imageWeights: String?
  /// A checkpoint whose text encoder is taken: a BERT or RoBERTa, or any other.
  public var textWeights: String?
  /// The vocabulary of a new architecture or of a `.pt` file, a `vocab.txt`; Chinese BERT's by
  /// default.
  public var vocabulary: String?
  /// Names that may start at random, as patterns; with towers from files, `text_projection` may.
  public var random: NamePatterns
  /// Tokens that a text is cut to; by default the model's.
  public var contextLength: Int?
  /// Low-rank additions, which are learned in place of the weights they are added to.
  public var lowRank: LowRankConfiguration?
  /// The probability of BERT's dropout; by default the model's, mostly 0.1.
  public var dropout: Double?

  /// A preset by name, or numbers of one's own.
  public enum Architecture: Codable, Hashable, Sendable {
    case preset(String)
    case configuration(ModelConfiguration)

    /// Reads the configuration's form.
    public init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let name = try? container.decode(String.self) {
        self = .preset(name)
      } else {
        self = .configuration(try container.decode(ModelConfiguration.self))
      }
    }

    /// Writes the same form.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .preset(let name): try container.encode(name)
      case .configuration(let configuration): try container.encode(configuration)
      }
    }
  }

  /// A model by name or path; the embedded model if nil.
  public init(from: String? = nil) {
    self.from = from
    random = .none
  }

  /// Reads the configuration's form.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(from: try container.decodeIfPresent(String.self, forKey: .from))
    checkpoint = try container.decodeIfPresent(String.self, forKey: .checkpoint)
    architecture = try container.decodeIfPresent(Architecture.self, forKey: .architecture)
    imageWeights = try container.decodeIfPresent(String.self, forKey: .imageWeights)
    textWeights = try container.decodeIfPresent(String.self, forKey: .textWeights)
    vocabulary = try container.decodeIfPresent(String.self, forKey: .vocabulary)
    random = try container.value(.random, or: random)
    contextLength = try container.decodeIfPresent(Int.self, forKey: .contextLength)
    lowRank = try container.decodeIfPresent(LowRankConfiguration.self, forKey: .lowRank)
    dropout = try container.decodeIfPresent(Double.self, forKey: .dropout)
  }
}
