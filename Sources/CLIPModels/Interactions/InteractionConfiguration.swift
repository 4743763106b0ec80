/// How a model compares pictures with texts; a key of its configuration.
///
/// A new interaction is a file beside this one, a case here, and a name in its JSON.
public enum InteractionConfiguration: Hashable, Sendable {
  /// One embedding with one other.
  case global
  /// Every token with its best answer, as in FILIP and Wukong.
  case tokenwise(TokenwiseInteraction)
  /// Words that look for their places, as in GLoRIA.
  case wordAttention(WordAttention)

  /// The interaction itself.
  public var interaction: any Interaction {
    switch self {
    case .global: GlobalInteraction()
    case .tokenwise(let tokenwise): tokenwise
    case .wordAttention(let attention): attention
    }
  }

  /// What keeps it from comparing; nil if nothing does.
  package var problem: String? {
    switch self {
    case .global: nil
    case .tokenwise(let tokenwise): tokenwise.problem
    case .wordAttention(let attention): attention.problem
    }
  }
}

extension InteractionConfiguration: Codable {
  /// Reads `"global"`, `"tokenwise"`, `"word_attention"`, or with numbers `{"tokenwise": {"keep": 0.25}}`,
  /// `{"word_attention": {"global_weight": 1}}`.
  public init(from decoder: any Decoder) throws {
    let choice = try Choice(from: decoder, of: "an interaction")
    switch choice.name {
    case "global": self = .global
    case "tokenwise":
      self = .tokenwise(try choice.numbersIfPresent(TokenwiseInteraction.self) ?? .init())
    case "wordAttention", "word_attention":
      self = .wordAttention(try choice.numbersIfPresent(WordAttention.self) ?? .init())
    default: throw choice.unknown(known: "global", "tokenwise", "word_attention")
    }
  }

  /// Writes the same form.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .global: try encoder.encodeChoice("global")
    case .tokenwise(let tokenwise): try encoder.encodeChoice("tokenwise", tokenwise)
    case .wordAttention(let attention): try encoder.encodeChoice("wordAttention", attention)
    }
  }
}
