import Foundation

/// Threads for blocking work of callers that have none of their own.
let sharedThreads = DedicatedThreads(
  label: "cnclip.work", count: max(2, ProcessInfo.processInfo.activeProcessorCount))

/// Runs work whose steps may block away from the cooperative pool, so that it does not hold up other
/// tasks; what cancels the caller cancels the work.
///
/// A task that prefers an executor has chosen its threads and stays on them.
package func offloaded<Value>(_ body: () async throws -> Value) async throws -> Value {
  let hasChosen = withUnsafeCurrentTask { $0?.unownedTaskExecutor != nil }
  guard !hasChosen else { return try await body() }
  return try await withTaskExecutorPreference(sharedThreads) { try await body() }
}
