import Threads

/// Runs work that may fail for 0 ..< count on all processors and hands the results out in order, while
/// the next ones are worked on.
func concurrentResults<Output: Sendable>(
  count: Int, _ body: @escaping @Sendable (Int) throws -> Output
) -> some Sequence<Result<Output, any Error>> {
  let pipeline = OrderedPipeline(count: count, window: 8) { index in Result { try body(index) } }
  return AnyIterator {
    // Cancelled when the last reference goes: work that nobody asks for ends after its window.
    pipeline.next()
  }
}
