internal import Foundation
internal import Synchronization

/// Tells blocking work on its own thread that nobody waits for it any more.
final class Cancellation: Sendable {
  private let isCancelled = Atomic(false)

  func cancel() { isCancelled.store(true, ordering: .relaxed) }

  /// - Throws: `CancellationError` after ``cancel()``.
  func check() throws {
    if isCancelled.load(ordering: .relaxed) { throw CancellationError() }
  }

  /// Sleeps, but no longer than until ``cancel()``.
  func sleep(seconds: Double) throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
      try check()
      Thread.sleep(forTimeInterval: min(0.1, seconds))
    }
    try check()
  }

  /// Runs blocking work on a thread of its own, so that no thread of Swift's pool waits for a
  /// network, and stops it when the task is cancelled.
  static func runBlocking<Value: Sendable>(
    _ work: @escaping @Sendable (Cancellation) throws -> Value
  ) async throws -> Value {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread {
          continuation.resume(with: Result { try work(cancellation) })
        }
      }
    } onCancel: {
      cancellation.cancel()
    }
  }
}
