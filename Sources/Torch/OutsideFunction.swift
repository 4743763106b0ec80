internal import CTorch

/// A Swift function that LibTorch calls back.
final class OutsideFunction {
  private let body: (Tensor) throws -> Tensor
  /// What the body threw, which the C border would reduce to its sentence.
  private(set) var failure: (any Error)?

  init(_ body: @escaping (Tensor) throws -> Tensor) {
    self.body = body
  }

  /// What C calls; whoever takes it over releases it.
  var function: ct_function {
    ct_function(
      context: Unmanaged.passRetained(self).toOpaque(),
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
