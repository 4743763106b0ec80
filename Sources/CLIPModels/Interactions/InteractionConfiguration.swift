/// How a model compares pictures with texts; a key of its configuration.
///
/// A new interaction is a file beside this one, a case here, and a name in its JSON.
public enum InteractionConfiguration: Hashable, Sendable {
  /// One embedding with one other.
  case global

  /// The interaction itself.
  public var interaction: any Interaction {
    switch self {
    case .global: GlobalInteraction()
    }
  }
}

extension InteractionConfiguration: Codable {
  /// Reads `"global"`.
  public init(from decoder: any Decoder) throws {
    let choice = try Choice(from: decoder, of: "an interaction")
    switch choice.name {
    case "global": self = .global
    default: throw choice.unknown(known: "global")
    }
  }

  /// Writes the same form.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .global: try encoder.encodeChoice("global")
    }
  }
}
