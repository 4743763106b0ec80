internal import CTorch

/// A Swift function that LibTorch calls back, once forwards and once in the backward pass.
private final class OutsideFunction {
  let body: (Tensor) throws -> Tensor
  /// What the body threw, which the C border would reduce to its sentence.
  var failure: (any Error)?

  init(_ body: @escaping (Tensor) throws -> Tensor) {
    self.body = body
  }
}

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
  let function = ct_function(
    context: Unmanaged.passRetained(outside).toOpaque(),
    call: { context, input, out in
      let outside = Unmanaged<OutsideFunction>.fromOpaque(context).takeUnretainedValue()
      do {
        out.pointee = try outside.body(Tensor(owning: input)).retainedHandle()
        return nil
      } catch {
        outside.failure = error
        return ct_error_make("\(error)")
      }
    },
    release: { Unmanaged<OutsideFunction>.fromOpaque($0).release() })
  do {
    return try produce { ct_recomputed(input.handle, function, $0) }
  } catch {
    throw outside.failure ?? error
  }
}

extension Tensor {
  /// One more +1 handle to the same tensor.
  fileprivate func retainedHandle() throws(TorchError) -> ct_tensor {
    var copy: ct_tensor?
    try check(ct_tensor_retain(handle, &copy))
    guard let copy else { throw TorchError("LibTorch returned no tensor") }
    return copy
  }
}
