internal import CTorch

extension Tensor {
  /// The sum of all elements, a scalar.
  public func sum() throws(TorchError) -> Tensor { try reduced(CT_SUM) }
  /// The mean of all elements, a scalar.
  public func mean() throws(TorchError) -> Tensor { try reduced(CT_MEAN) }
  /// The largest element, a scalar.
  public func max() throws(TorchError) -> Tensor { try reduced(CT_MAX) }
  /// The smallest element, a scalar.
  public func min() throws(TorchError) -> Tensor { try reduced(CT_MIN) }
  /// The Euclidean length of all elements together, a scalar.
  public func norm() throws(TorchError) -> Tensor { try reduced(CT_NORM) }

  /// Sums along axes.
  public func sum(axes: [Int], keepsAxes: Bool = false) throws(TorchError) -> Tensor {
    try reduced(CT_SUM, axes, keepsAxes)
  }

  /// Sums along an axis.
  public func sum(axis: Int, keepsAxis: Bool = false) throws(TorchError) -> Tensor {
    try reduced(CT_SUM, [axis], keepsAxis)
  }

  /// Means along axes.
  public func mean(axes: [Int], keepsAxes: Bool = false) throws(TorchError) -> Tensor {
    try reduced(CT_MEAN, axes, keepsAxes)
  }

  /// Means along an axis.
  public func mean(axis: Int, keepsAxis: Bool = false) throws(TorchError) -> Tensor {
    try reduced(CT_MEAN, [axis], keepsAxis)
  }

  /// The largest element along an axis.
  public func max(axis: Int, keepsAxis: Bool = false) throws(TorchError) -> Tensor {
    try reduced(CT_MAX, [axis], keepsAxis)
  }

  /// The smallest element along an axis.
  public func min(axis: Int, keepsAxis: Bool = false) throws(TorchError) -> Tensor {
    try reduced(CT_MIN, [axis], keepsAxis)
  }

  /// Euclidean lengths along an axis.
  public func norm(axis: Int, keepsAxis: Bool = false) throws(TorchError) -> Tensor {
    try reduced(CT_NORM, [axis], keepsAxis)
  }

  /// Variances along an axis.
  public func variance(
    axis: Int, unbiased: Bool = false, keepsAxis: Bool = false
  ) throws(TorchError) -> Tensor {
    try produce { ct_variance(handle, Int64(axis), unbiased, keepsAxis, $0) }
  }

  /// log Σ e^x along an axis.
  public func logSumExp(axis: Int, keepsAxis: Bool = false) throws(TorchError) -> Tensor {
    try produce { ct_log_sum_exp(handle, Int64(axis), keepsAxis, $0) }
  }

  /// Where the largest element of an axis is, `int64`.
  public func argmax(axis: Int, keepsAxis: Bool = false) throws(TorchError) -> Tensor {
    try produce { ct_argmax(handle, Int64(axis), keepsAxis, $0) }
  }

  /// The `k` largest elements of an axis, in falling order, and where they are (`int64`).
  ///
  /// The order of equal elements is not defined; use ``sorted(axis:descending:)`` for stable ties.
  public func top(
    _ k: Int, axis: Int = -1, largest: Bool = true
  ) throws(TorchError) -> (values: Tensor, indices: Tensor) {
    var values: ct_tensor?
    var indices: ct_tensor?
    try check(ct_top_k(handle, Int64(k), Int64(axis), largest, &values, &indices))
    guard let values, let indices else { throw TorchError("LibTorch returned no tensor") }
    return (Tensor(owning: values), Tensor(owning: indices))
  }

  /// The elements of an axis in order, and where they came from (`int64`); ties stay in order.
  public func sorted(
    axis: Int = -1, descending: Bool = false
  ) throws(TorchError) -> (values: Tensor, indices: Tensor) {
    var values: ct_tensor?
    var indices: ct_tensor?
    try check(ct_sort(handle, Int64(axis), descending, &values, &indices))
    guard let values, let indices else { throw TorchError("LibTorch returned no tensor") }
    return (Tensor(owning: values), Tensor(owning: indices))
  }

  private func reduced(
    _ operation: ct_reduction, _ axes: [Int] = [], _ keepsAxes: Bool = false
  ) throws(TorchError) -> Tensor {
    let axes = axes.map { Int64($0) }
    return try produce {
      ct_reduce(operation, handle, axes, Int32(axes.count), keepsAxes, $0)
    }
  }
}
