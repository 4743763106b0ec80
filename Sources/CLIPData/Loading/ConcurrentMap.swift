import CLIPImages
import Threads

/// Runs `body` for 0 ..< count on all processors and returns the results in order.
///
/// - Parameters:
///   - count: number of items.
///   - progress: called with the number of finished items, and their total.
///   - body: the work; independent for every item.
/// - Returns: the results in order.
package func concurrentMap<Output: Sendable>(
  count: Int, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in },
  _ body: @escaping @Sendable (Int) -> Output
) -> [Output] {
  let pipeline = OrderedPipeline(count: count, window: 256, work: body)
  defer { pipeline.cancel() }
  var results: [Output] = []
  results.reserveCapacity(count)
  while let result = pipeline.next() {
    results.append(result)
    progress(results.count, count)
  }
  return results
}
