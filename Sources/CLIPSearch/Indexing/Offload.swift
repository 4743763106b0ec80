import Foundation

/// Threads for blocking work of callers that have none of their own.
private let sharedThreads = DedicatedThreads(
  label: "cnclip.work", count: max(2, ProcessInfo.processInfo.activeProcessorCount))

/// Runs asynchronous work whose steps may block away from the cooperative pool; as ``offloaded(_:)``
/// for the rest.
func onThreads<Value>(_ body: () async throws -> Value) async throws -> Value {
  let hasChosen = withUnsafeCurrentTask { $0?.unownedTaskExecutor != nil }
  guard !hasChosen else { return try await body() }
  return try await withTaskExecutorPreference(sharedThreads) { try await body() }
}

/// Runs blocking work away from the cooperative pool, so that it does not hold up other tasks.
///
/// A task that prefers an executor has chosen its threads and stays on them.
package func offloaded<Result: Sendable>(
  _ body: @escaping @Sendable () throws -> Result
) async throws -> Result {
  let hasChosen = withUnsafeCurrentTask { $0?.unownedTaskExecutor != nil }
  return try await hasChosen ? body() : sharedThreads.run(body)
}
