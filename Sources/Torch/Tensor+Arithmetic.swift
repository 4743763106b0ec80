internal import CTorch

// The operators broadcast as NumPy does.
extension Tensor {
  /// Elementwise sum.
  public static func + (a: Tensor, b: Tensor) throws(TorchError) -> Tensor {
    try produce { ct_add(a.handle, b.handle, 1, $0) }
  }

  /// Every element plus a number.
  public static func + (a: Tensor, b: Double) throws(TorchError) -> Tensor {
    try produce { ct_add_scalar(a.handle, b, $0) }
  }

  /// Elementwise difference.
  public static func - (a: Tensor, b: Tensor) throws(TorchError) -> Tensor {
    try produce { ct_add(a.handle, b.handle, -1, $0) }
  }

  /// Every element minus a number.
  public static func - (a: Tensor, b: Double) throws(TorchError) -> Tensor {
    try a + -b
  }

  /// Every element with the other sign.
  public static prefix func - (a: Tensor) throws(TorchError) -> Tensor {
    try a.applying(CT_NEGATE)
  }

  /// Elementwise product.
  public static func * (a: Tensor, b: Tensor) throws(TorchError) -> Tensor {
    try produce { ct_multiply(a.handle, b.handle, $0) }
  }

  /// Every element times a number.
  public static func * (a: Tensor, b: Double) throws(TorchError) -> Tensor {
    try produce { ct_multiply_scalar(a.handle, b, $0) }
  }

  /// Every element times a number.
  public static func * (a: Double, b: Tensor) throws(TorchError) -> Tensor {
    try b * a
  }

  /// Elementwise quotient.
  public static func / (a: Tensor, b: Tensor) throws(TorchError) -> Tensor {
    try produce { ct_divide(a.handle, b.handle, $0) }
  }

  /// Every element over a number.
  public static func / (a: Tensor, b: Double) throws(TorchError) -> Tensor {
    try a * (1 / b)
  }

  /// The matrix product of the last two axes, `[…, n, k] × […, k, m] → […, n, m]`.
  public func matmul(_ other: Tensor) throws(TorchError) -> Tensor {
    try produce { ct_matmul(handle, other.handle, $0) }
  }

  /// The larger of two elements.
  public func maximum(_ other: Tensor) throws(TorchError) -> Tensor {
    try produce { ct_maximum(handle, other.handle, $0) }
  }

  /// The smaller of two elements.
  public func minimum(_ other: Tensor) throws(TorchError) -> Tensor {
    try produce { ct_minimum(handle, other.handle, $0) }
  }

  /// Every element to a power.
  public func power(_ exponent: Double) throws(TorchError) -> Tensor {
    try produce { ct_power_scalar(handle, exponent, $0) }
  }

  /// Every element moved into a range.
  public func clamped(_ range: ClosedRange<Double>) throws(TorchError) -> Tensor {
    try produce { ct_clamp(handle, range.lowerBound, range.upperBound, $0) }
  }

  /// Where `mask` (bool) is true, `value`.
  public func filled(_ value: Double, where mask: Tensor) throws(TorchError) -> Tensor {
    try produce { ct_masked_fill(handle, mask.handle, value, $0) }
  }

  /// Elements of `first` where `condition` (bool) is true, of `second` elsewhere.
  public static func choosing(
    _ first: Tensor, where condition: Tensor, else second: Tensor
  ) throws(TorchError) -> Tensor {
    try produce { ct_where(condition.handle, first.handle, second.handle, $0) }
  }

  /// Which elements of two tensors are equal, as bool.
  public func isEqual(to other: Tensor) throws(TorchError) -> Tensor {
    try produce { ct_compare(CT_EQUAL, handle, other.handle, $0) }
  }

  /// Which elements are not the number, as bool.
  public func isNotEqual(to number: Double) throws(TorchError) -> Tensor {
    try produce { ct_compare_scalar(CT_NOT_EQUAL, handle, number, $0) }
  }

  /// Which elements are the number, as bool.
  public func isEqual(to number: Double) throws(TorchError) -> Tensor {
    try produce { ct_compare_scalar(CT_EQUAL, handle, number, $0) }
  }

  /// Which elements are above the number, as bool.
  public func isGreater(than number: Double) throws(TorchError) -> Tensor {
    try produce { ct_compare_scalar(CT_GREATER, handle, number, $0) }
  }

  /// Which elements are below the number, as bool.
  public func isLess(than number: Double) throws(TorchError) -> Tensor {
    try produce { ct_compare_scalar(CT_LESS, handle, number, $0) }
  }

  func applying(_ operation: ct_unary) throws(TorchError) -> Tensor {
    try produce { ct_apply(operation, handle, $0) }
  }
}
