import Foundation

// In JSON a choice is its name, "first", or an object whose only key is its name where it has numbers,
// {"map": {"heads": 12, "mlp_width": 3072}}.

/// A key of any name.
package struct AnyKey: CodingKey {
  package let stringValue: String
  package var intValue: Int? { nil }
  package init(stringValue: String) { self.stringValue = stringValue }
  package init?(intValue: Int) { nil }

  /// The key that a snake-case word becomes when a file is read.
  package init(kind: String) {
    let words = kind.split(separator: "_")
    stringValue = words.prefix(1).joined() + words.dropFirst().map(\.capitalized).joined()
  }
}

extension Decoder {
  /// Which kind the only key of an object names.
  package func kind(
    of kinds: [String]
  ) throws -> (container: KeyedDecodingContainer<AnyKey>, index: Int) {
    let container = try container(keyedBy: AnyKey.self)
    let keys = container.allKeys
    guard keys.count == 1,
      let index = kinds.firstIndex(where: { AnyKey(kind: $0).stringValue == keys[0].stringValue })
    else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: codingPath,
          debugDescription: "expected an object with exactly one of these keys: "
            + kinds.joined(separator: ", ")))
    }
    return (container, index)
  }
}

/// A choice as it stands in JSON: its name and, if there are any, its numbers.
package struct Choice {
  package let name: String
  private let container: KeyedDecodingContainer<AnyKey>?
  private let path: [any CodingKey]

  /// Reads a name, or an object with one key.
  package init(from decoder: any Decoder, of kind: String) throws {
    path = decoder.codingPath
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      self.name = name
      container = nil
      return
    }
    let keyed = try decoder.container(keyedBy: AnyKey.self)
    guard let key = keyed.allKeys.first, keyed.allKeys.count == 1 else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: path, debugDescription: "expected \(kind): a name, or one key"))
    }
    // Keys were turned from snake case, names as plain strings were not.
    name = key.stringValue
    container = keyed
  }

  /// The numbers of the choice.
  package func numbers<Value: Decodable>(_ type: Value.Type) throws -> Value {
    guard let container else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: path, debugDescription: "'\(name)' needs its numbers, as an object"))
    }
    return try container.decode(Value.self, forKey: AnyKey(stringValue: name))
  }

  /// The numbers of the choice, or none where its bare name was given.
  package func numbersIfPresent<Value: Decodable>(_ type: Value.Type) throws -> Value? {
    container == nil ? nil : try numbers(type)
  }

  /// The error for a name that is not known.
  package func unknown(known: String...) -> DecodingError {
    .dataCorrupted(
      .init(
        codingPath: path,
        debugDescription: "'\(name)' is not known; there are " + known.joined(separator: ", ")))
  }
}

extension Encoder {
  /// Writes a choice by its name alone.
  package func encodeChoice(_ name: String) throws {
    var container = singleValueContainer()
    try container.encode(name)
  }

  /// Writes a choice with its numbers.
  package func encodeChoice(_ name: String, _ numbers: some Encodable) throws {
    var container = container(keyedBy: AnyKey.self)
    try container.encode(numbers, forKey: AnyKey(stringValue: name))
  }
}
