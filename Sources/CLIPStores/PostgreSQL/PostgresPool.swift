import CLIPSearch
import Dispatch
import Foundation
import Synchronization

/// Connections that are kept for the next question, and what is done when one is lost.
///
/// Calls block their thread.
package final class PostgresPool: Sendable {
  let address: PostgresAddress
  /// Connections at one moment.
  private let limit: Int
  /// How long a question waits for a connection to be free, and for a server that restarts.
  private let patience: Duration
  private let idle = Mutex<[PostgresConnection]>([])
  private let free: DispatchSemaphore

  package init(
    _ address: PostgresAddress, limit: Int = 16, patience: Duration = .seconds(60)
  ) {
    self.address = address
    self.limit = limit
    self.patience = patience
    free = DispatchSemaphore(value: limit)
  }

  /// Connects once, without patience: a wrong address is said at once.
  ///
  /// - Throws: `SearchError`.
  package func checkAddress() throws {
    do { try connected { _ in } } catch let error as PostgresError {
      guard error.isBusy else { throw error.sentence(address.name) }
      try read { _ in }
    }
  }

  /// Asks without changing anything, again if the connection is lost meanwhile.
  ///
  /// - Throws: `SearchError`, and what `body` throws besides ``PostgresError``.
  package func read<Result>(_ body: (PostgresConnection) throws -> Result) throws -> Result {
    try retrying { try connected(body) }
  }

  /// Changes all or nothing, again if that did not come about for a reason that passes.
  ///
  /// If the connection is lost while the end is being confirmed, the server is asked afterwards
  /// whether it came to that.
  ///
  /// - Throws: `SearchError`, and what `body` throws besides ``PostgresError``.
  func write<Result>(_ body: (PostgresConnection) throws -> Result) throws -> Result {
    try retrying {
      var transaction: String?
      var result: Result?
      do {
        return try connected { connection in
          try connection.query("BEGIN")
          do {
            let made = try body(connection)
            transaction = try connection.query("SELECT pg_current_xact_id()::text").first?.text(0)
            result = made
            try connection.query("COMMIT")
            return made
          } catch {
            // A lost connection has no transaction to be given up.
            _ = try? connection.query("ROLLBACK")
            throw error
          }
        }
      } catch let error as PostgresError {
        guard let transaction, let result, error.isLost else { throw error }
        let state = try retrying {
          try connected {
            try $0.query("SELECT pg_xact_status($1::xid8)", [.text(transaction)]).first?.text(0)
          }
        }
        guard state == "committed" else { throw error }
        return result
      }
    }
  }

  /// Runs what may fail for a reason that passes, until it does or patience ends.
  private func retrying<Result>(_ body: () throws -> Result) throws -> Result {
    let deadline = ContinuousClock.now + patience
    var pause = 0.05
    while true {
      do { return try body() } catch let error as PostgresError {
        guard error.isPassing, ContinuousClock.now < deadline, !Task.isCancelled else {
          throw error.sentence(address.name)
        }
        Thread.sleep(forTimeInterval: pause)
        pause = min(2, pause * 2)
      }
    }
  }

  /// Lends a connection.
  private func connected<Result>(_ body: (PostgresConnection) throws -> Result) throws -> Result {
    let seconds = Double(patience.components.seconds)
    guard free.wait(timeout: .now() + seconds) == .success else {
      throw SearchError.database(
        folder: address.name,
        reason: "all \(limit) connections have been busy for \(Int(seconds)) seconds; ask "
          + "less at a time, or start further servers")
    }
    defer { free.signal() }
    let connection = try idle.withLock { $0.popLast() } ?? PostgresConnection(address)
    defer { if connection.isUsable { idle.withLock { $0.append(connection) } } }
    return try body(connection)
  }
}
