/// Whether the last rows brought enough pictures.
struct RecentRows {
  private let window: Int
  private let limit: Double
  private var words: [String?] = []
  private var next = 0
  private var successes = 0

  init(window: Int, limit: Double) {
    self.window = max(1, window)
    self.limit = limit
  }

  /// Counts a row.
  ///
  /// - Throws: ``FetchError/tooFewSuccesses(done:succeeded:limit:causes:)``.
  mutating func add(_ result: RowResult) throws(FetchError) {
    let word = result.isSuccess ? nil : result.words
    if words.count < window {
      words.append(word)
    } else {
      if words[next] == nil { successes -= 1 }
      words[next] = word
      next = (next + 1) % window
    }
    if word == nil { successes += 1 }
    guard words.count == window, Double(successes) < limit * Double(window) else { return }
    var causes: [String: Int] = [:]
    for case let word? in words { causes[word, default: 0] += 1 }
    let top = causes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(3)
      .map { "\($0.key) (\($0.value))" }.joined(separator: ", ")
    throw .tooFewSuccesses(done: window, succeeded: successes, limit: limit, causes: top)
  }
}
