/// How a model compares pictures with texts; a key of its configuration.
///
/// A new interaction is a file beside this one, a case here, and a name in its JSON.
public enum InteractionConfiguration: Hashable, Sendable {
  /// One embedding with one other.
  case global
  /// Every token with its best answer, as in FILIP and Wukong.
  case tokenwise(TokenwiseInteraction)

  /// The interaction itself.
  public var interaction: any Interaction {
    switch self {
    case .global: GlobalInteraction()
    case .tokenwise(let tokenwise): tokenwise
    }
  }

  /// What keeps it from comparing; nil if nothing does.
  package var problem: String? {
    switch self {
    case .global: nil
    case .tokenwise(let tokenwise): tokenwise.problem
    }
  }
}

extension InteractionConfiguration: Codable {
  /// Reads `"global"`, `"tokenwise"` or `{"tokenwise": {"keep": 0.25}}`.
  public init(from decoder: any Decoder) throws {
    let choice = try Choice(from: decoder, of: "an interaction")
    switch choice.name {
    case "global": self = .global
    case "tokenwise":
      self = .tokenwise(try choice.numbersIfPresent(TokenwiseInteraction.self) ?? .init())
    default: throw choice.unknown(known: "global", "tokenwise")
    }
  }

  /// Writes the same form.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .global: try encoder.encodeChoice("global")
    case .tokenwise(let tokenwise): try encoder.encodeChoice("tokenwise", tokenwise)
    }
  }
}
