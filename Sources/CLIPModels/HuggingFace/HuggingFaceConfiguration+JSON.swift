package import Foundation

extension HuggingFaceConfiguration {
  /// Reads a `config.json`.
  /// - Throws: ``ModelError/configuration(file:problem:)`` naming the key.
  package init(json data: Data, file: String = "config.json") throws {
    do {
      guard try Self.modelType(data) == "chinese_clip" else {
        throw ModelError.configuration(file: file, problem: "model_type is not chinese_clip")
      }
      self = try JSONDecoder().decode(Self.self, from: data)
    } catch let error as DecodingError {
      throw ModelError.configuration(file: file, problem: "\(error.path) \(error.reason)")
    }
  }

  /// The `config.json`, keys in order.
  package func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + Data("\n".utf8)
  }

  /// The `model_type` of a `config.json`, empty when there is none.
  package static func modelType(_ data: Data) throws -> String {
    struct Kind: Decodable {
      let modelType: String?
      enum CodingKeys: String, CodingKey { case modelType = "model_type" }
    }
    return try JSONDecoder().decode(Kind.self, from: data).modelType ?? ""
  }
}

extension DecodingError {
  /// The key that the error is about.
  fileprivate var path: String {
    let path: [any CodingKey] =
      switch self {
      case .typeMismatch(_, let context), .valueNotFound(_, let context),
        .keyNotFound(_, let context), .dataCorrupted(let context):
        context.codingPath
      @unknown default: []
      }
    return path.isEmpty ? "the file" : path.map(\.stringValue).joined(separator: ".")
  }

  /// What is wrong with it.
  fileprivate var reason: String {
    switch self {
    case .typeMismatch(let type, _), .valueNotFound(let type, _): "is no \(type)"
    case .keyNotFound(let key, _): "lacks \(key.stringValue)"
    case .dataCorrupted(let context): context.debugDescription
    @unknown default: "cannot be read"
    }
  }
}
