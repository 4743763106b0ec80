import Foundation
import Synchronization
import Threads

/// Writes shards beside the transfers, one after another.
final class ShardAssembler {
  /// A shard that is complete.
  struct Written: Sendable {
    let number: Int
    let archive: String
    let counts: ShardAssembly.Counts
  }

  private final class Inbox: Sendable {
    let results = Mutex<[Result<Written, any Error>]>([])
  }

  private let threads = DedicatedThreads(serial: "cnclip.shards")
  private let inbox = Inbox()
  private let wake: @Sendable () -> Void
  /// Shards that are being written.
  private(set) var count = 0

  init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

  func begin(_ assembly: ShardAssembly, start: Date) {
    count += 1
    let (inbox, wake) = (inbox, wake)
    Task(executorPreference: threads) {
      let result = Result {
        Written(
          number: assembly.place.number, archive: assembly.place.archive.lastPathComponent,
          counts: try assembly.write(start: start, end: Date()))
      }
      inbox.results.withLock { $0.append(result) }
      wake()
    }
  }

  /// Takes the shards that are complete.
  ///
  /// - Throws: why one could not be written.
  func take() throws -> [Written] {
    let results = inbox.results.withLock { results in
      defer { results = [] }
      return results
    }
    count -= results.count
    return try results.map { try $0.get() }
  }

  /// Waits until all are complete.
  func finish() throws -> [Written] {
    var written: [Written] = []
    while count > 0 {
      written += try take()
      if count > 0 { Thread.sleep(forTimeInterval: 0.01) }
    }
    return written
  }
}
