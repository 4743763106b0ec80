internal import CTorch

/// An elementwise function that is applied while a product is written.
package enum FusedActivation: Sendable {
  case gelu, silu, relu, relu6

  var raw: ct_fused_activation {
    switch self {
    case .gelu: CT_FUSE_GELU
    case .silu: CT_FUSE_SILU
    case .relu: CT_FUSE_RELU
    case .relu6: CT_FUSE_RELU6
    }
  }
}

// Weights that oneDNN lays out once for this CPU's vector or matrix unit, and what computes with
// them. A packed weight keeps its shape and type; nothing else can read it.
extension Tensor {
  /// Whether weights of a type can be packed on a device.
  package static func canPack(_ dtype: DType, on device: Device) -> Bool {
    device == .cpu && ct_packing_supported(dtype.raw)
  }

  /// This `[outputs, inputs]` matrix, packed.
  package func packedForLinear() throws(TorchError) -> Tensor {
    try produce { ct_pack_linear(handle, $0) }
  }

  /// `activation(x · weightᵀ + bias)`, or `x · weightᵀ + bias + residual`; only one of the two.
  ///
  /// - Parameters:
  ///   - weight: packed, `[outputs, inputs]`.
  ///   - bias: `[outputs]`.
  ///   - activation: applied before the result is rounded to its type.
  ///   - residual: `[…, outputs]`, added before the result is rounded to its type.
  /// - Returns: `[…, outputs]` from `[…, inputs]`.
  /// - Throws: ``TorchError`` when the shapes disagree.
  package func packedLinear(
    _ weight: Tensor, bias: Tensor?, activation: FusedActivation? = nil, residual: Tensor? = nil
  ) throws(TorchError) -> Tensor {
    try produce {
      ct_packed_linear(
        handle, weight.handle, bias?.handle, activation?.raw ?? CT_FUSE_NOTHING,
        residual?.handle, $0)
    }
  }

  /// This convolution weight, packed for one use.
  package func packedForConvolution2D(
    stride: Int, padding: Int, groups: Int
  ) throws(TorchError) -> Tensor {
    try produce { ct_pack_conv2d(handle, Int64(stride), Int64(padding), Int64(groups), $0) }
  }

  /// `activation(convolution + bias + residual)`, its channels innermost in memory.
  ///
  /// - Parameters:
  ///   - weight: packed for the same stride, padding and groups.
  ///   - bias: `[outputs]`.
  ///   - stride: of both directions, in pixels.
  ///   - padding: zeros on each side, in pixels.
  ///   - groups: how many groups the channels are split into.
  ///   - activation: none, `relu`, or without a residual `relu6`.
  ///   - residual: of the result's shape.
  /// - Returns: `[batch, outputs, height', width']`.
  /// - Throws: ``TorchError`` when the shapes disagree.
  package func packedConvolved2D(
    _ weight: Tensor, bias: Tensor?, stride: Int, padding: Int, groups: Int,
    activation: FusedActivation? = nil, residual: Tensor? = nil
  ) throws(TorchError) -> Tensor {
    try produce {
      ct_packed_conv2d(
        handle, weight.handle, bias?.handle, Int64(stride), Int64(padding), Int64(groups),
        activation?.raw ?? CT_FUSE_NOTHING, residual?.handle, $0)
    }
  }
}
