internal import CTorch

// The operations that layers are made of; each is one fused kernel of LibTorch.
extension Tensor {
  /// `x · weightᵀ + bias`.
  ///
  /// - Parameters:
  ///   - weight: `[outputs, inputs]`.
  ///   - bias: `[outputs]`.
  /// - Returns: `[…, outputs]` from `[…, inputs]`.
  /// - Throws: ``TorchError`` when the shapes disagree.
  public func linear(_ weight: Tensor, bias: Tensor? = nil) throws(TorchError) -> Tensor {
    try produce { ct_linear(handle, weight.handle, bias?.handle, $0) }
  }

  /// A two-dimensional convolution of `[batch, channels, height, width]`.
  ///
  /// - Parameters:
  ///   - weight: `[outputs, channels / groups, kernel height, kernel width]`.
  ///   - bias: `[outputs]`.
  ///   - stride: of both directions, in pixels.
  ///   - padding: zeros on each side, in pixels.
  ///   - groups: how many groups the channels are split into.
  /// - Returns: `[batch, outputs, height', width']`.
  /// - Throws: ``TorchError`` when the shapes disagree.
  public func convolved2D(
    _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, groups: Int = 1
  ) throws(TorchError) -> Tensor {
    try produce {
      ct_conv2d(
        handle, weight.handle, bias?.handle, Int64(stride), Int64(padding), Int64(groups), $0)
    }
  }

  /// Zeros around the last two axes, in pixels.
  public func padded2D(
    left: Int, right: Int, top: Int, bottom: Int
  ) throws(TorchError) -> Tensor {
    try produce { ct_pad2d(handle, Int64(left), Int64(right), Int64(top), Int64(bottom), $0) }
  }

  /// Means over square windows of `[batch, channels, height, width]`.
  public func averagePooled2D(kernel: Int, stride: Int) throws(TorchError) -> Tensor {
    try produce { ct_average_pool2d(handle, Int64(kernel), Int64(stride), $0) }
  }

  /// The largest values of square windows of `[batch, channels, height, width]`; what lies outside of
  /// the picture is never the largest.
  public func maximumPooled2D(
    kernel: Int, stride: Int, padding: Int = 0
  ) throws(TorchError) -> Tensor {
    try produce { ct_max_pool2d(handle, Int64(kernel), Int64(stride), Int64(padding), $0) }
  }

  /// Zero mean and unit variance along the last axis, then `· weight + bias`.
  public func layerNormalized(
    weight: Tensor, bias: Tensor, epsilon: Double
  ) throws(TorchError) -> Tensor {
    try produce {
      ct_layer_norm(handle, Int64(weight.count), weight.handle, bias.handle, epsilon, $0)
    }
  }

  /// Zero mean and unit variance of each channel of `[batch, channels, height, width]`.
  ///
  /// While training the batch's own statistics are used and the running ones are updated.
  public func batchNormalized(
    weight: Tensor, bias: Tensor, runningMean: Tensor, runningVariance: Tensor,
    training: Bool, momentum: Double, epsilon: Double
  ) throws(TorchError) -> Tensor {
    try produce {
      ct_batch_norm(
        handle, weight.handle, bias.handle, runningMean.handle, runningVariance.handle, training,
        momentum, epsilon, $0)
    }
  }

  /// Rows of this `[vocabulary, width]` table; the padding row never gets a gradient.
  ///
  /// - Parameters:
  ///   - indices: whole numbers of any shape.
  ///   - paddingIndex: the row that is never learned, if any.
  /// - Returns: `[…, width]`.
  /// - Throws: ``TorchError`` when an index is not a row of the table.
  public func embedded(
    _ indices: Tensor, paddingIndex: Int? = nil
  ) throws(TorchError) -> Tensor {
    try produce { ct_embedding(handle, indices.handle, Int64(paddingIndex ?? -1), $0) }
  }

  /// Elements dropped at random and the rest scaled up, with LibTorch's default generator.
  public func dropout(_ probability: Double) throws(TorchError) -> Tensor {
    guard probability > 0 else { return self }
    return try produce { ct_dropout(handle, probability, true, $0) }
  }

  /// `softmax(query · keyᵀ / √headWidth + mask) · value`.
  ///
  /// - Parameters:
  ///   - query: `[batch, heads, queries, headWidth]`.
  ///   - key: `[batch, heads, keys, headWidth]`.
  ///   - value: `[batch, heads, keys, headWidth]`.
  ///   - mask: bool (true: attend) or additive, broadcastable to `[batch, heads, queries, keys]`.
  ///   - dropout: of the attention probabilities.
  /// - Returns: `[batch, heads, queries, headWidth]`.
  /// - Throws: ``TorchError`` when the shapes disagree.
  public static func attention(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor? = nil, dropout: Double = 0
  ) throws(TorchError) -> Tensor {
    try produce {
      ct_attention(query.handle, key.handle, value.handle, mask?.handle, dropout, $0)
    }
  }

  /// `[batch, channels, height, width]` resampled by cubic convolution (a = -0.75, no antialias).
  public func resizedBicubic(
    height: Int, width: Int, alignCorners: Bool
  ) throws(TorchError) -> Tensor {
    try produce { ct_resize_bicubic(handle, Int64(height), Int64(width), alignCorners, $0) }
  }

  /// `[batch, channels, height, width]` resampled linearly.
  public func resizedBilinear(
    height: Int, width: Int, alignCorners: Bool
  ) throws(TorchError) -> Tensor {
    try produce { ct_resize_bilinear(handle, Int64(height), Int64(width), alignCorners, $0) }
  }

  /// This `[n, m]` matrix as `u · diag(s) · v`, with `u` `[n, r]`, `s` `[r]`, `v` `[r, m]`.
  public func singularValues() throws(TorchError) -> (u: Tensor, s: Tensor, v: Tensor) {
    var u: ct_tensor?
    var s: ct_tensor?
    var v: ct_tensor?
    try check(ct_svd(handle, &u, &s, &v))
    guard let u, let s, let v else { throw TorchError("LibTorch returned no tensor") }
    return (Tensor(owning: u), Tensor(owning: s), Tensor(owning: v))
  }
}
