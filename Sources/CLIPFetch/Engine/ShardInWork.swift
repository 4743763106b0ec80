import Foundation
import Web

/// A shard whose rows are being asked for.
final class ShardInWork {
  let place: ShardPlace
  let rows: [ListRow]
  let journal: ShardJournal
  let start = Date()

  init(_ place: ShardPlace, rows: [ListRow], retriesFailed: Bool) throws(FetchError) {
    self.place = place
    self.rows = rows
    journal = try ShardJournal(place.journal, forgetsFailures: retriesFailed)
  }

  var isDone: Bool { journal.rows.count >= rows.count }
}

/// A row on its way.
final class RowTask {
  let shard: ShardInWork
  let row: Int
  /// Where it is asked for next; changes with redirects.
  var address: WebAddress
  /// Attempts that failed.
  var failures = 0
  var redirects = 0
  private let first: WebAddress

  init(_ shard: ShardInWork, row: Int, address: WebAddress) {
    self.shard = shard
    self.row = row
    self.address = address
    first = address
  }

  /// Begins again where the list says.
  func restart() {
    address = first
    redirects = 0
  }
}
