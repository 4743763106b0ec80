import CLIPSearch

/// What Milvus, or the way to it, answered instead of a result.
struct MilvusError: Error {
  /// Its own words, on one line.
  let message: String
  /// Whether the same may succeed a moment later: the server restarts, or has too much to do.
  let isPassing: Bool
  /// Whether nobody answered at all.
  var isUnreachable = false

  init(_ message: String, isPassing: Bool, isUnreachable: Bool = false) {
    self.message = message.split(whereSeparator: \.isNewline).joined(separator: "; ")
    self.isPassing = isPassing
    self.isUnreachable = isUnreachable
  }

  /// The sentence for whoever reads it.
  func sentence(_ store: String) -> SearchError {
    .database(
      folder: store,
      reason: isUnreachable ? "the server does not answer (\(message))" : message)
  }
}
