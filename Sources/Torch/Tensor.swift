internal import CTorch

/// An n-dimensional array that LibTorch computes with.
///
/// A `Tensor` owns one reference to LibTorch's own tensor. Its public operations are functional:
/// they return new tensors, so tensors can be shared between threads. In-place changes are for
/// optimisers and parameter stores alone.
public final class Tensor: Sendable {
  nonisolated(unsafe) let handle: ct_tensor

  /// Takes over a +1 handle.
  init(owning handle: ct_tensor) {
    self.handle = handle
  }

  deinit {
    ct_tensor_free(handle)
  }

  /// The sizes of the axes, outermost first; empty for a scalar.
  public var shape: [Int] {
    let rank = Int(ct_tensor_rank(handle))
    let sizes = [Int64](unsafeUninitializedCapacity: rank) { buffer, count in
      if let base = buffer.baseAddress { ct_tensor_shape(handle, base) }
      count = rank
    }
    return sizes.map { Int($0) }
  }

  /// The number of axes.
  public var rank: Int { Int(ct_tensor_rank(handle)) }

  /// The number of elements.
  public var count: Int { Int(ct_tensor_count(handle)) }

  /// The bytes that the elements take.
  public var byteCount: Int { Int(ct_tensor_byte_count(handle)) }

  /// The element type; types that this package never makes read as `float64`.
  public var dtype: DType { DType(ct_tensor_dtype(handle)) ?? .float64 }

  /// Where the elements are.
  public var device: Device { Device(ct_tensor_device(handle)) }

  /// Whether the elements lie in row-major order without gaps.
  public var isContiguous: Bool { ct_tensor_is_contiguous(handle) }
}

extension Tensor: CustomStringConvertible {
  /// Shape, element type and device, without the elements.
  public var description: String { "Tensor(\(shape), \(dtype.rawValue), \(device))" }
}
