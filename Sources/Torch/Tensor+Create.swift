internal import CTorch

extension Tensor {
  /// Copies an array.
  ///
  /// - Parameters:
  ///   - scalars: the elements in row-major order.
  ///   - shape: the sizes of the axes; their product must be the number of elements.
  /// - Throws: ``TorchError`` when shape and count disagree.
  public convenience init<Scalar: TensorScalar>(
    _ scalars: [Scalar], shape: [Int]
  ) throws(TorchError) {
    var handle: ct_tensor?
    let error = scalars.withUnsafeBytes { bytes in
      Self.copy(bytes, shape: shape, dtype: Scalar.dtype, into: &handle)
    }
    if let error { throw error }
    guard let handle else { throw TorchError("LibTorch returned no tensor") }
    self.init(owning: handle)
  }

  /// Copies raw little-endian elements.
  ///
  /// - Parameters:
  ///   - bytes: the elements in row-major order.
  ///   - shape: the sizes of the axes.
  ///   - dtype: what the bytes are.
  /// - Throws: ``TorchError`` when the bytes are not as many as shape and type say.
  public convenience init(
    bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType
  ) throws(TorchError) {
    var handle: ct_tensor?
    if let error = Self.copy(bytes, shape: shape, dtype: dtype, into: &handle) { throw error }
    guard let handle else { throw TorchError("LibTorch returned no tensor") }
    self.init(owning: handle)
  }

  /// Uses memory in place, as that of a mapped file; `owner` lives as long as the memory is used.
  ///
  /// - Parameters:
  ///   - bytes: the elements in row-major order, aligned for their type; never written.
  ///   - shape: the sizes of the axes.
  ///   - dtype: what the bytes are.
  ///   - owner: whatever keeps the memory alive.
  /// - Throws: ``TorchError`` when the bytes are not as many as shape and type say.
  public convenience init(
    borrowing bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType,
    owner: any AnyObject & Sendable
  ) throws(TorchError) {
    guard
      let base = bytes.baseAddress,
      Self.byteCount(of: shape, dtype) == bytes.count
    else {
      throw TorchError("\(bytes.count) bytes do not make a \(dtype.rawValue) tensor of \(shape)")
    }
    let context = Unmanaged.passRetained(owner as AnyObject)
    let sizes = shape.map { Int64($0) }
    var handle: ct_tensor?
    do {
      try check(
        ct_tensor_from_borrowed(
          UnsafeMutableRawPointer(mutating: base), sizes, Int32(sizes.count), dtype.raw,
          { Unmanaged<AnyObject>.fromOpaque($0).release() }, context.toOpaque(), &handle))
    } catch {
      context.release()
      throw error
    }
    guard let handle else { throw TorchError("LibTorch returned no tensor") }
    self.init(owning: handle)
  }

  /// A tensor with every element the same.
  public static func full(
    _ shape: [Int], _ value: Double, dtype: DType = .float32, device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    let sizes = shape.map { Int64($0) }
    return try produce {
      ct_tensor_full(sizes, Int32(sizes.count), value, dtype.raw, device.raw, $0)
    }
  }

  /// A tensor of zeros.
  public static func zeros(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    try full(shape, 0, dtype: dtype, device: device)
  }

  /// A tensor of ones.
  public static func ones(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    try full(shape, 1, dtype: dtype, device: device)
  }

  /// The whole numbers of a range, as a vector.
  public static func range(
    _ range: Range<Int>, dtype: DType = .int64, device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    try produce {
      ct_tensor_arange(
        Int64(range.lowerBound), Int64(range.upperBound), dtype.raw, device.raw, $0)
    }
  }

  /// The identity matrix, `[count, count]`.
  public static func identity(
    _ count: Int, dtype: DType = .float32, device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    try produce { ct_tensor_eye(Int64(count), dtype.raw, device.raw, $0) }
  }

  private static func copy(
    _ bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType, into handle: inout ct_tensor?
  ) -> TorchError? {
    guard byteCount(of: shape, dtype) == bytes.count else {
      return TorchError("\(bytes.count) bytes do not make a \(dtype.rawValue) tensor of \(shape)")
    }
    let sizes = shape.map { Int64($0) }
    var nothing: UInt8 = 0
    do throws(TorchError) {
      if let base = bytes.baseAddress {
        try check(ct_tensor_from_bytes(base, sizes, Int32(sizes.count), dtype.raw, &handle))
      } else {
        try check(ct_tensor_from_bytes(&nothing, sizes, Int32(sizes.count), dtype.raw, &handle))
      }
      return nil
    } catch {
      return error
    }
  }

  private static func byteCount(of shape: [Int], _ dtype: DType) -> Int? {
    var total = dtype.byteCount
    for size in shape {
      let (product, overflow) = total.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow else { return nil }
      total = product
    }
    return total
  }
}
