internal import CTorch

/// Runs a closure and counts the memory of the tensors that this thread makes in it.
///
/// The count is of what LibTorch allocates, on every device: unlike the size of the process it does
/// not depend on what was freed before. Scratch memory of mathematical libraries is not in it.
///
/// - Parameter body: the work; tensors that were there before must not be freed in it.
/// - Returns: the most bytes that were in use at once, beyond those in use before.
/// - Throws: what the body throws.
package func peakTensorBytes(_ body: () throws -> Void) throws -> Int {
  var count: ct_memory?
  try check(ct_memory_count_begin(&count))
  guard let count else { throw TorchError("LibTorch began no count") }
  let result = Result { try body() }
  let peak = Int(ct_memory_count_end(count))
  try result.get()
  return peak
}
