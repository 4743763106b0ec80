import Files
package import Foundation

/// JSON files with snake-case keys, where a misspelt key is an error and not a silent default.
package enum ConfigurationFile {
  package static func decode<Value: Codable>(
    _ type: Value.Type, from data: Data, file: String
  ) throws -> Value {
    do {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      let value = try decoder.decode(Value.self, from: data)
      let given = try JSONSerialization.jsonObject(with: data)
      let known = try JSONSerialization.jsonObject(with: encode(value, everyKey: true))
      if let problem = unknownKey(in: given, known: known, path: "") {
        throw ModelError.configuration(file: file, problem: problem)
      }
      return value
    } catch let error as DecodingError {
      throw ModelError.configuration(file: file, problem: sentence(for: error))
    } catch let error as ModelError {
      throw error
    } catch {
      throw ModelError.configuration(file: file, problem: "it is not JSON")
    }
  }

  /// The text of a file of settings, checked to be UTF-8, for a decoder.
  ///
  /// - Throws: ``ModelError/configuration(file:problem:)``.
  package static func read(_ url: URL) throws(ModelError) -> Data {
    do throws(FileError) {
      return try TextFile(url, maximumSize: TextFile.maximumDocument).json
    } catch {
      switch error {
      case .badLine(let path, let line, let problem):
        throw .configuration(file: path, problem: "line \(line): \(problem)")
      case .unreadable(let path, let reason), .unwritable(let path, let reason):
        throw .configuration(file: path, problem: "it cannot be read: \(reason)")
      case .alreadyExists(let path): throw .configuration(file: path, problem: "it exists already")
      }
    }
  }

  /// JSON with sorted keys, if asked also of those that are left out where they have their defaults.
  package static func encode<Value: Encodable>(
    _ value: Value, everyKey: Bool = false
  ) throws -> Data {
    let encoder = JSONEncoder()
    if let key = CodingUserInfoKey.everyKey { encoder.userInfo[key] = everyKey }
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value)
  }

  private static func unknownKey(in given: Any, known: Any, path: String) -> String? {
    if let given = given as? [Any], let known = known as? [Any] {
      for (index, (value, expected)) in zip(given, known).enumerated() {
        let place = "\(path.dropLast())[\(index)]."
        if let problem = unknownKey(in: value, known: expected, path: place) { return problem }
      }
    }
    guard let given = given as? [String: Any], let known = known as? [String: Any] else {
      return nil
    }
    for (key, value) in given.sorted(by: { $0.key < $1.key }) {
      guard let expected = known[key] else {
        if value is NSNull { continue }
        let nearest = known.keys.min { distance($0, key) < distance($1, key) }
        return "the key '\(path)\(key)' is unknown"
          + (nearest.map { "; did you mean '\(path)\($0)'?" } ?? "")
      }
      if let problem = unknownKey(in: value, known: expected, path: path + key + ".") {
        return problem
      }
    }
    return nil
  }

  /// Levenshtein's edit distance.
  private static func distance(_ first: String, _ second: String) -> Int {
    let second = Array(second)
    var row = Array(0...second.count)
    for (i, a) in first.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, b) in second.enumerated() {
        let substituted = diagonal + (a == b ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[second.count]
  }

  private static func sentence(for error: DecodingError) -> String {
    func path(_ keys: [any CodingKey]) -> String {
      keys.map(\.stringValue).joined(separator: ".")
    }
    return switch error {
    case .keyNotFound(let key, let context):
      "the key '\(path(context.codingPath + [key]))' is missing"
    case .typeMismatch(let type, let context):
      "'\(path(context.codingPath))' must be of type \(type)"
    case .valueNotFound(let type, let context):
      "'\(path(context.codingPath))' must not be null but \(type)"
    case .dataCorrupted(let context):
      context.codingPath.isEmpty
        ? "it is not valid JSON" : "'\(path(context.codingPath))': \(context.debugDescription)"
    @unknown default: "it cannot be read"
    }
  }
}

extension CodingUserInfoKey {
  fileprivate static let everyKey = CodingUserInfoKey(rawValue: "every key")
}

extension Encoder {
  /// Whether keys are wanted too that are left out where they have their defaults.
  package var writesEveryKey: Bool {
    CodingUserInfoKey.everyKey.flatMap { userInfo[$0] } as? Bool ?? false
  }
}

extension KeyedEncodingContainer {
  /// Writes a value under a condition.
  package mutating func encode(
    _ value: some Encodable, forKey key: Key, if isWanted: Bool
  ) throws {
    if isWanted { try encode(value, forKey: key) }
  }
}

extension KeyedDecodingContainer {
  /// The value of a key whose type the place of the result tells; nil where there is none.
  package func decodeIfPresent<Value: Decodable>(forKey key: Key) throws -> Value? {
    try decodeIfPresent(Value.self, forKey: key)
  }
}
