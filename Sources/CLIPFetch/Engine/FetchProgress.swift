/// How far a fetch is.
package struct FetchProgress: Sendable, Equatable {
  /// Rows of this process's shards that are done, those of earlier runs included.
  package var done = 0
  /// Rows that will be done in all, as far as the lists tell so far.
  package var total: Int?
  /// Rows that brought a picture.
  package var successes = 0
  /// Why rows brought none, by words.
  package var causes: [String: Int] = [:]
  /// Rows that were done by this run.
  package var doneNow = 0
  /// Rows that brought a picture in this run.
  package var successesNow = 0
  /// Bytes that came in this run.
  package var bytes = 0
  /// Transfers that are open.
  package var transfers = 0
  /// Names that were looked up.
  package var lookups = 0
  /// Shards that are complete.
  package var shards = 0

  package init() {}

  /// Rows that brought none.
  package var failures: Int { done - successes }

  /// The most frequent causes, as in `timed out 12, HTTP 404 3`.
  package func topCauses(_ count: Int) -> String {
    causes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(count)
      .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
  }

  mutating func add(_ counts: ShardAssembly.Counts) {
    done += counts.rows
    successes += counts.successes
    for (words, count) in counts.causes where words != "success" {
      causes[words, default: 0] += count
    }
  }

  mutating func count(_ result: RowResult) {
    done += 1
    doneNow += 1
    if result.isSuccess {
      successes += 1
      successesNow += 1
    } else {
      causes[result.words, default: 0] += 1
    }
  }
}
