extension KeyedDecodingContainer {
  /// The value of a key, or a default where the key is missing: run files name only what differs.
  func value<Value: Decodable>(_ key: Key, or standard: Value) throws -> Value {
    try decodeIfPresent(Value.self, forKey: key) ?? standard
  }
}
