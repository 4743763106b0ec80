import TorchNN

/// Which image encoder a model has, and its numbers.
public enum ImageEncoderConfiguration: Hashable, Sendable {
  case visionTransformer(VisionTransformer.Configuration)
  case modifiedResNet(ModifiedResNet.Configuration)
  case efficientNetLite(EfficientNetLite.Configuration)

  /// The numbers, whichever encoder it is.
  public var tower: any ImageTowerConfiguration {
    switch self {
    case .visionTransformer(let configuration): configuration
    case .modifiedResNet(let configuration): configuration
    case .efficientNetLite(let configuration): configuration
    }
  }

  /// The side of its square pictures, in pixels.
  public var imageSize: Int { tower.imageSize }
}

/// Which text encoder a model has, and its numbers.
public enum TextEncoderConfiguration: Hashable, Sendable {
  case bert(BERT.Configuration)

  /// The numbers, whichever encoder it is.
  public var tower: any TextTowerConfiguration {
    switch self {
    case .bert(let configuration): configuration
    }
  }

  /// The most tokens that it can take.
  public var maximumPositions: Int { tower.maximumPositions }
  /// The entries that its vocabulary must have.
  public var vocabularySize: Int { tower.vocabularySize }
}

// In JSON an encoder is an object with one key, its kind: {"vision_transformer": {…}}.
extension ImageEncoderConfiguration: Codable {
  private enum Kind: String, CodingKey, CaseIterable {
    case visionTransformer
    case modifiedResNet = "modifiedResnet"
    case efficientNetLite = "efficientnetLite"
  }

  /// Reads the object's only key as the kind and its value as that kind's numbers.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Kind.self)
    switch try container.onlyKey(of: decoder) {
    case .visionTransformer:
      self = .visionTransformer(try container.decode(for: .visionTransformer))
    case .modifiedResNet: self = .modifiedResNet(try container.decode(for: .modifiedResNet))
    case .efficientNetLite: self = .efficientNetLite(try container.decode(for: .efficientNetLite))
    }
  }

  /// Writes an object whose only key is the kind.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Kind.self)
    switch self {
    case .visionTransformer(let value): try container.encode(value, forKey: .visionTransformer)
    case .modifiedResNet(let value): try container.encode(value, forKey: .modifiedResNet)
    case .efficientNetLite(let value): try container.encode(value, forKey: .efficientNetLite)
    }
  }
}

extension TextEncoderConfiguration: Codable {
  private enum Kind: String, CodingKey, CaseIterable {
    case bert
  }

  /// Reads the object's only key as the kind and its value as that kind's numbers.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Kind.self)
    switch try container.onlyKey(of: decoder) {
    case .bert: self = .bert(try container.decode(for: .bert))
    }
  }

  /// Writes an object whose only key is the kind.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Kind.self)
    switch self {
    case .bert(let value): try container.encode(value, forKey: .bert)
    }
  }
}

extension KeyedDecodingContainer where Key: CaseIterable {
  fileprivate func onlyKey(of decoder: any Decoder) throws -> Key {
    guard let key = allKeys.first, allKeys.count == 1 else {
      let kinds = Key.allCases.map(\.stringValue).joined(separator: ", ")
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "expected an object with exactly one of these keys: \(kinds)"))
    }
    return key
  }

  fileprivate func decode<Value: Decodable>(for key: Key) throws -> Value {
    try decode(Value.self, forKey: key)
  }
}
