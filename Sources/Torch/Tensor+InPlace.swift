internal import CTorch

// Changes in place are for parameter stores and optimisers: other code may hold the same tensor.
extension Tensor {
  /// `self += factor · other`.
  package func add(_ other: Tensor, factor: Double = 1) throws(TorchError) {
    try check(ct_add_in_place(handle, other.handle, factor))
  }

  /// `self *= factor`.
  package func multiply(by factor: Double) throws(TorchError) {
    try check(ct_multiply_in_place(handle, factor))
  }

  /// Every element becomes `value`.
  package func fill(_ value: Double) throws(TorchError) {
    try check(ct_fill_in_place(handle, value))
  }

  /// Every element is moved into the range.
  package func clamp(_ range: ClosedRange<Double>) throws(TorchError) {
    try check(ct_clamp_in_place(handle, range.lowerBound, range.upperBound))
  }

  /// `self += factor · first · second`, elementwise.
  package func addProduct(
    _ first: Tensor, _ second: Tensor, factor: Double
  ) throws(TorchError) {
    try check(ct_add_product_in_place(handle, first.handle, second.handle, factor))
  }

  /// The elements become those of `other`, converted to this type and device.
  package func copy(from other: Tensor) throws(TorchError) {
    try check(ct_tensor_copy_from(handle, other.handle))
  }
}
