internal import CTorch

/// Runs a closure that records nothing for gradients.
///
/// The switch belongs to the thread, which is why the closure is synchronous.
public func withoutGradients<Result, Failure: Error>(
  _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  let before = ct_gradient_mode_set(false)
  defer { _ = ct_gradient_mode_set(before) }
  return try body()
}

/// Runs a closure that records gradients, also inside ``withoutGradients(_:)``.
public func withGradients<Result, Failure: Error>(
  _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  let before = ct_gradient_mode_set(true)
  defer { _ = ct_gradient_mode_set(before) }
  return try body()
}

/// Runs a closure whose tensors can never take part in gradients, which saves bookkeeping.
public func withInferenceMode<Result, Failure: Error>(
  _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  let mode = ct_inference_mode_begin()
  defer { ct_inference_mode_end(mode) }
  return try body()
}

/// Runs a closure in which LibTorch computes matrix products in a shorter type than the weights'.
///
/// - Parameters:
///   - dtype: `bfloat16` or `float16`; `nil` switches autocast off inside.
///   - device: the kind of device it is for.
///   - body: the forward pass.
/// - Returns: what the closure returns.
/// - Throws: what the closure throws.
public func withAutocast<Result, Failure: Error>(
  _ dtype: DType?, on device: Device, _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  let cuda = device != .cpu
  let wanted = ct_autocast_state(enabled: dtype != nil, dtype: (dtype ?? .bfloat16).raw)
  let before = ct_autocast_set(wanted, cuda)
  defer {
    _ = ct_autocast_set(before, cuda)
    if !before.enabled { ct_autocast_clear_cache() }
  }
  return try body()
}

/// Whether this thread computes matrix products in a shorter type than the weights'.
///
/// - Parameter device: the kind of device that is asked about.
/// - Returns: whether ``withAutocast(_:on:_:)`` is in force.
public func isAutocasting(on device: Device) -> Bool { ct_autocast_enabled(device != .cpu) }

extension Tensor {
  /// Whether gradients of this tensor are recorded.
  public var requiresGradient: Bool { ct_tensor_requires_gradient(handle) }

  /// Switches recording on or off; for leaves alone.
  package func setRequiresGradient(_ value: Bool) throws(TorchError) {
    try check(ct_tensor_set_requires_gradient(handle, value))
  }

  /// Lets the backward pass leave a gradient here, too, though this is no leaf.
  package func retainGradient() throws(TorchError) {
    try check(ct_tensor_retain_gradient(handle))
  }

  /// The same values without history.
  public func detached() throws(TorchError) -> Tensor {
    try produce { ct_tensor_detach(handle, $0) }
  }

  /// Adds the gradients of this tensor to those of all leaves that it depends on.
  ///
  /// - Parameter seed: the gradient of this tensor, of its shape; one if absent.
  /// - Throws: ``TorchError`` when this tensor depends on no leaf, or is no scalar without a seed.
  public func backward(_ seed: Tensor? = nil) throws(TorchError) {
    try check(ct_tensor_backward(handle, seed?.handle))
  }

  /// The gradient that ``backward(_:)`` has gathered here, if any.
  public func gradient() throws(TorchError) -> Tensor? {
    var result: ct_tensor?
    try check(ct_tensor_gradient(handle, &result))
    return result.map { Tensor(owning: $0) }
  }

  /// Replaces or forgets the gathered gradient.
  package func setGradient(_ gradient: Tensor?) throws(TorchError) {
    try check(ct_tensor_set_gradient(handle, gradient?.handle))
  }
}
