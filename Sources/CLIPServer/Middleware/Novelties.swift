import Synchronization

/// Tells what has not been seen before, so that it is logged once and not with every request.
final class Novelties: Sendable {
  private let limit: Int
  private let seen = Mutex<Set<String>>([])

  /// Remembers at most `limit` texts; after that nothing is new, so that nobody can fill the log.
  init(limit: Int) {
    self.limit = limit
  }

  /// Whether `text` is seen for the first time.
  func isNew(_ text: String) -> Bool {
    seen.withLock { $0.count < limit && $0.insert(text).inserted }
  }
}
