/// Which text encoder a model has, and its numbers.
public struct TextEncoderConfiguration: Hashable, Sendable {
  /// The towers that are known; a new one is a line here.
  package static let kinds: [any TextTowerConfiguration.Type] = [
    BERT.Configuration.self,
    TextTransformer.Configuration.self,
  ]

  /// The numbers, whichever encoder it is.
  public var tower: any TextTowerConfiguration

  /// Wraps a tower's numbers.
  public init(_ tower: some TextTowerConfiguration) { self.tower = tower }

  /// The most tokens that it can take.
  public var maximumPositions: Int { tower.maximumPositions }
  /// The entries that its vocabulary must have.
  public var vocabularySize: Int { tower.vocabularySize }

  /// Whether kinds and numbers are equal.
  public static func == (first: Self, second: Self) -> Bool {
    AnyHashable(first.tower) == AnyHashable(second.tower)
  }

  /// Hashes the numbers.
  public func hash(into hasher: inout Hasher) { tower.hash(into: &hasher) }
}

// In JSON an encoder is an object with one key, its kind: {"bert": {…}}.
extension TextEncoderConfiguration: Codable {
  /// Reads the object's only key as the kind and its value as that kind's numbers.
  public init(from decoder: any Decoder) throws {
    let (container, index) = try decoder.kind(of: Self.kinds.map { $0.kind })
    func read<Tower: TextTowerConfiguration>(_ type: Tower.Type) throws
      -> any TextTowerConfiguration
    {
      try container.decode(type, forKey: AnyKey(kind: type.kind))
    }
    tower = try read(Self.kinds[index])
  }

  /// Writes an object whose only key is the kind.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: AnyKey.self)
    try container.encode(tower, forKey: AnyKey(kind: type(of: tower).kind))
  }
}
