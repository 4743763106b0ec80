/// Which image encoder a model has, and its numbers.
public struct ImageEncoderConfiguration: Hashable, Sendable {
  /// The towers that are known; a new one is a line here.
  package static let kinds: [any ImageTowerConfiguration.Type] = [
    VisionTransformer.Configuration.self,
    ModifiedResNet.Configuration.self,
    ResNet.Configuration.self,
    EfficientNet.Configuration.self,
    EfficientNetLite.Configuration.self,
    Swin.Configuration.self,
  ]

  /// The numbers, whichever encoder it is.
  public var tower: any ImageTowerConfiguration

  /// Wraps a tower's numbers.
  public init(_ tower: some ImageTowerConfiguration) { self.tower = tower }

  /// The side of its square pictures, in pixels.
  public var imageSize: Int { tower.imageSize }

  /// Whether kinds and numbers are equal.
  public static func == (first: Self, second: Self) -> Bool {
    AnyHashable(first.tower) == AnyHashable(second.tower)
  }

  /// Hashes the numbers.
  public func hash(into hasher: inout Hasher) { tower.hash(into: &hasher) }
}

// In JSON an encoder is an object with one key, its kind: {"vision_transformer": {…}}.
extension ImageEncoderConfiguration: Codable {
  /// Reads the object's only key as the kind and its value as that kind's numbers.
  public init(from decoder: any Decoder) throws {
    let (container, index) = try decoder.kind(of: Self.kinds.map { $0.kind })
    func read<Tower: ImageTowerConfiguration>(_ type: Tower.Type) throws
      -> any ImageTowerConfiguration
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
