internal import CTorch

extension Tensor {
  /// The same elements under another shape; one size may be -1 and is worked out.
  public func reshaped(_ shape: Int...) throws(TorchError) -> Tensor {
    try reshaped(shape)
  }

  /// The same elements under another shape; one size may be -1 and is worked out.
  public func reshaped(_ shape: [Int]) throws(TorchError) -> Tensor {
    let sizes = shape.map { Int64($0) }
    return try produce { ct_reshape(handle, sizes, Int32(sizes.count), $0) }
  }

  /// The axes in another order.
  public func permuted(_ order: Int...) throws(TorchError) -> Tensor {
    try permuted(order)
  }

  /// The axes in another order.
  public func permuted(_ order: [Int]) throws(TorchError) -> Tensor {
    let order = order.map { Int64($0) }
    return try produce { ct_permute(handle, order, Int32(order.count), $0) }
  }

  /// Two axes swapped; by default the last two.
  public func transposed(_ first: Int = -2, _ second: Int = -1) throws(TorchError) -> Tensor {
    try produce { ct_transpose(handle, Int64(first), Int64(second), $0) }
  }

  /// Axes of size one repeated without copying; -1 keeps a size.
  public func expanded(_ shape: Int...) throws(TorchError) -> Tensor {
    try expanded(shape)
  }

  /// Axes of size one repeated without copying; -1 keeps a size.
  public func expanded(_ shape: [Int]) throws(TorchError) -> Tensor {
    let sizes = shape.map { Int64($0) }
    return try produce { ct_expand(handle, sizes, Int32(sizes.count), $0) }
  }

  /// A new axis of size one before `axis`.
  public func unsqueezed(_ axis: Int) throws(TorchError) -> Tensor {
    try produce { ct_unsqueeze(handle, Int64(axis), $0) }
  }

  /// Without `axis`, if its size is one.
  public func squeezed(_ axis: Int) throws(TorchError) -> Tensor {
    try produce { ct_squeeze(handle, Int64(axis), $0) }
  }

  /// One slice, without its axis.
  public func selected(_ index: Int, axis: Int = 0) throws(TorchError) -> Tensor {
    try produce { ct_select(handle, Int64(axis), Int64(index), $0) }
  }

  /// A range of one axis, as a view.
  public func sliced(_ range: Range<Int>, axis: Int = 0) throws(TorchError) -> Tensor {
    try produce {
      ct_narrow(handle, Int64(axis), Int64(range.lowerBound), Int64(range.count), $0)
    }
  }

  /// An axis cut into `count` equal parts.
  public func split(_ count: Int, axis: Int) throws(TorchError) -> [Tensor] {
    let shape = shape
    let size = shape[axis < 0 ? shape.count + axis : axis]
    guard count > 0, size.isMultiple(of: count) else {
      throw TorchError("an axis of \(size) cannot be cut into \(count) equal parts")
    }
    let part = size / count
    var parts: [Tensor] = []
    for index in 0..<count {
      parts.append(try sliced(index * part..<(index + 1) * part, axis: axis))
    }
    return parts
  }

  /// The tensors one after another along an axis they have.
  public static func concatenated(
    _ tensors: [Tensor], axis: Int = 0
  ) throws(TorchError) -> Tensor {
    let handles = tensors.map(\.handle)
    let result = try produce {
      ct_concatenate(handles, Int32(handles.count), Int64(axis), $0)
    }
    withExtendedLifetime(tensors) {}
    return result
  }

  /// The tensors one after another along a new axis.
  public static func stacked(_ tensors: [Tensor], axis: Int = 0) throws(TorchError) -> Tensor {
    let handles = tensors.map(\.handle)
    let result = try produce { ct_stack(handles, Int32(handles.count), Int64(axis), $0) }
    withExtendedLifetime(tensors) {}
    return result
  }

  /// The slices that a vector of whole numbers names, in its order.
  public func gathered(rows indices: Tensor, axis: Int = 0) throws(TorchError) -> Tensor {
    try produce { ct_index_select(handle, Int64(axis), indices.handle, $0) }
  }

  /// Element by element from the positions that `indices`, of equal rank, names along an axis.
  public func gathered(_ indices: Tensor, axis: Int) throws(TorchError) -> Tensor {
    try produce { ct_gather(handle, Int64(axis), indices.handle, $0) }
  }

  /// The slices of an axis in reverse order.
  public func flipped(axis: Int) throws(TorchError) -> Tensor {
    try produce { ct_flip(handle, Int64(axis), $0) }
  }

  /// Zero below the given diagonal of the last two axes.
  public func upperTriangle(diagonal: Int = 0) throws(TorchError) -> Tensor {
    try produce { ct_triangular_upper(handle, Int64(diagonal), $0) }
  }
}
