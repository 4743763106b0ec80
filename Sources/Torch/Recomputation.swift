internal import CTorch

/// `body(input)`, keeping only the input for the backward pass, which computes the rest again.
///
/// A block of a transformer then needs one activation instead of about thirty, and a third more
/// time. Random numbers and autocast are the same both times, so gradients are exactly the same.
///
/// Source: Chen et al., *Training Deep Nets with Sublinear Memory Cost*, 2016.
///
/// - Parameters:
///   - input: what the body works on.
///   - body: called now, and again in the backward pass; tensors that it holds on to get their
///     gradients too.
/// - Returns: what the body returns, as part of the graph.
/// - Throws: what the body throws.
public func recomputed(
  _ input: Tensor, _ body: @escaping (Tensor) throws -> Tensor
) throws -> Tensor {
  let outside = OutsideFunction(body)
  do {
    return try produce { ct_recomputed(input.handle, outside.function, $0) }
  } catch {
    throw outside.failure ?? error
  }
}
