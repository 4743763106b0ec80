internal import CTorch

extension Tensor {
  /// Copies the elements to a Swift array in row-major order, converting their type if need be.
  ///
  /// - Parameter type: the element type wanted.
  /// - Returns: as many elements as ``count`` says.
  /// - Throws: ``TorchError`` when the device fails.
  public func scalars<Scalar: TensorScalar>(
    _ type: Scalar.Type = Float.self
  ) throws(TorchError) -> [Scalar] {
    let source = dtype == Scalar.dtype ? self : try to(Scalar.dtype)
    let total = source.count
    var failure: ct_error?
    let result = [Scalar](unsafeUninitializedCapacity: total) { buffer, count in
      guard let base = buffer.baseAddress, total > 0 else { return }
      failure = ct_tensor_copy_bytes(source.handle, base, Int64(source.byteCount))
      count = failure == nil ? total : 0
    }
    try check(failure)
    return result
  }

  /// The one element of a scalar tensor.
  ///
  /// - Throws: ``TorchError`` when there is not exactly one element.
  public func item() throws(TorchError) -> Double {
    var value = 0.0
    try check(ct_tensor_item(handle, &value))
    return value
  }

  /// Gives a closure the bytes of the elements in row-major order; valid inside it alone.
  ///
  /// - Parameter body: reads the bytes; little-endian, without gaps.
  /// - Returns: what the closure returns.
  /// - Throws: ``TorchError`` when the device fails.
  public func withBytes<Result>(
    _ body: (UnsafeRawBufferPointer) -> Result
  ) throws(TorchError) -> Result {
    let host = try to(device: .cpu).contiguous()
    var pointer: UnsafeMutableRawPointer?
    try check(ct_tensor_data(host.handle, &pointer))
    return withExtendedLifetime(host) {
      body(UnsafeRawBufferPointer(start: pointer, count: host.byteCount))
    }
  }

  /// This tensor with another element type and on another device; itself if both are the same.
  public func to(
    _ dtype: DType? = nil, device: Device? = nil, nonBlocking: Bool = false
  ) throws(TorchError) -> Tensor {
    let dtype = dtype ?? self.dtype
    let device = device ?? self.device
    guard dtype != self.dtype || device != self.device else { return self }
    return try produce { ct_tensor_to(handle, dtype.raw, device.raw, nonBlocking, $0) }
  }

  /// The same elements in row-major order without gaps.
  public func contiguous() throws(TorchError) -> Tensor {
    try produce { ct_tensor_contiguous(handle, $0) }
  }

  /// The same `[batch, channels, height, width]` values with the channels innermost in memory.
  public func channelsLast() throws(TorchError) -> Tensor {
    try produce { ct_tensor_channels_last(handle, $0) }
  }

  /// A copy with memory of its own.
  public func clone() throws(TorchError) -> Tensor {
    try produce { ct_tensor_clone(handle, $0) }
  }
}
