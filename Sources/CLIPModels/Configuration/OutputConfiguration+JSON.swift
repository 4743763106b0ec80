import TorchNN

extension Pooling: Codable {
  private struct Mean: Codable { var countsPadding: Bool }
  private struct Attention: Codable { var heads: Int }
  private struct Map: Codable {
    var heads, mlpWidth: Int
    var activation: Activation?
  }

  /// Reads `"first"`, `{"map": {"heads": 12, "mlp_width": 3072}}` and the like.
  public init(from decoder: any Decoder) throws {
    let choice = try Choice(from: decoder, of: "a pooling")
    switch choice.name {
    case "first": self = .first
    case "last": self = .last
    case "mean":
      self = .mean(countsPadding: try choice.numbersIfPresent(Mean.self)?.countsPadding ?? false)
    case "max": self = .max
    case "pooler": self = .pooler
    case "attention": self = .attention(heads: try choice.numbers(Attention.self).heads)
    case "map":
      let map = try choice.numbers(Map.self)
      self = .map(
        heads: map.heads, mlpWidth: map.mlpWidth, activation: map.activation ?? .gelu)
    default:
      throw choice.unknown(
        known: "first", "last", "mean", "max", "pooler", "attention", "map")
    }
  }

  /// Writes the same form.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .first: try encoder.encodeChoice("first")
    case .last: try encoder.encodeChoice("last")
    case .mean(false): try encoder.encodeChoice("mean")
    case .mean(true): try encoder.encodeChoice("mean", Mean(countsPadding: true))
    case .max: try encoder.encodeChoice("max")
    case .pooler: try encoder.encodeChoice("pooler")
    case .attention(let heads): try encoder.encodeChoice("attention", Attention(heads: heads))
    case .map(let heads, let mlpWidth, let activation):
      try encoder.encodeChoice(
        "map", Map(heads: heads, mlpWidth: mlpWidth, activation: activation))
    }
  }
}

extension Head: Codable {
  private struct Affine: Codable { var bias: Bool }
  private struct Layers: Codable {
    var width: Int
    var activation: Activation
  }

  /// Reads `"none"`, `"linear"`, `{"mlp": {"width": 2048, "activation": "relu"}}` and the like.
  public init(from decoder: any Decoder) throws {
    let choice = try Choice(from: decoder, of: "a head")
    switch choice.name {
    case "none": self = .none
    case "linear": self = .linear(bias: try choice.numbersIfPresent(Affine.self)?.bias ?? false)
    case "mlp":
      let layers = try choice.numbers(Layers.self)
      self = .mlp(width: layers.width, activation: layers.activation)
    default: throw choice.unknown(known: "none", "linear", "mlp")
    }
  }

  /// Writes the same form.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .none: try encoder.encodeChoice("none")
    case .linear(false): try encoder.encodeChoice("linear")
    case .linear(true): try encoder.encodeChoice("linear", Affine(bias: true))
    case .mlp(let width, let activation):
      try encoder.encodeChoice("mlp", Layers(width: width, activation: activation))
    }
  }
}

extension LayerMix: Codable {
  /// Reads `{"sum": [1, 2, -1]}` or `{"mean": […]}`.
  public init(from decoder: any Decoder) throws {
    let choice = try Choice(from: decoder, of: "layers")
    switch choice.name {
    case "sum": self = .sum(try choice.numbers([Int].self))
    case "mean": self = .mean(try choice.numbers([Int].self))
    default: throw choice.unknown(known: "sum", "mean")
    }
  }

  /// Writes the same form.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .sum(let layers): try encoder.encodeChoice("sum", layers)
    case .mean(let layers): try encoder.encodeChoice("mean", layers)
    }
  }
}

extension TokenReduction: Codable {
  private struct Maps: Codable { var count, groups: Int }

  /// Reads `{"attention_maps": {"count": 12, "groups": 8}}` or `{"words": "sum"}`.
  public init(from decoder: any Decoder) throws {
    let choice = try Choice(from: decoder, of: "a token reducer")
    switch choice.name {
    case "attentionMaps", "attention_maps":
      let maps = try choice.numbers(Maps.self)
      self = .attentionMaps(count: maps.count, groups: maps.groups)
    case "words": self = .words(try choice.numbers(WordMerge.self))
    default: throw choice.unknown(known: "attention_maps", "words")
    }
  }

  /// Writes the same form.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .attentionMaps(let count, let groups):
      try encoder.encodeChoice("attentionMaps", Maps(count: count, groups: groups))
    case .words(let merge): try encoder.encodeChoice("words", merge)
    }
  }
}
