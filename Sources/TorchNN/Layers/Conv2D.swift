public import Torch

/// A two-dimensional convolution of `[batch, channels, height, width]`.
public struct Conv2D: Sendable {
  /// How an image is extended at its edges.
  public enum Padding: Hashable, Sendable {
    /// The same number of zeros on each side.
    case symmetric(Int)
    /// TensorFlow's "same": the output is ⌈input/stride⌉; an odd zero goes right and below.
    case same
    /// What `same` is for sides that the stride divides, whatever the side: as transformers'
    /// EfficientNets pad.
    case sameForEvenSides
  }

  /// How the map is computed.
  private enum Form: Sendable {
    /// By LibTorch, from the checkpoint's weight.
    case plain
    /// As one matrix product: windows that do not overlap are rows. `[outputs, height · width ·
    /// inputs]`.
    case windows(Linear)
    /// By oneDNN, from a weight that it has laid out.
    case packed
  }

  private let form: Form
  let weight: Tensor
  let bias: Tensor?
  let kernel: Int
  let stride: Int
  let padding: Padding
  let groups: Int

  /// Asks the scope for `weight` and, if wanted, `bias`.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1,
    padding: Padding = .symmetric(0), groups: Int = 1, bias: Bool = false,
    in scope: Parameters.Scope
  ) throws {
    let fanIn = inputs / groups * kernel * kernel
    let dtype = scope.numerics.loadedType
    weight = try scope.parameter(
      "weight", [outputs, inputs / groups, kernel, kernel], .fanIn(fanIn), dtype: dtype)
    self.bias = bias ? try scope.parameter("bias", [outputs], .fanIn(fanIn), dtype: dtype) : nil
    form = .plain
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.groups = groups
  }

  private init(_ other: Conv2D, form: Form = .plain, weight: Tensor, bias: Tensor?) {
    self.form = form
    self.weight = weight
    self.bias = bias
    kernel = other.kernel
    stride = other.stride
    padding = other.padding
    groups = other.groups
  }

  /// This convolution followed by a batch norm in inference, as one convolution.
  public func folding(_ norm: BatchNorm2D) throws -> Conv2D {
    let (scale, shift) = try norm.affine()
    let folded = try weight * scale.reshaped(-1, 1, 1, 1)
    let offset = try bias.map { bias throws(TorchError) in try bias * scale + shift }
    return Conv2D(self, weight: folded, bias: offset ?? shift)
  }

  /// The same convolution in the model's type, its weight laid out for the CPU where that helps.
  ///
  /// - Parameter numerics: nothing happens unless they ask for preparation.
  /// - Returns: a layer that computes the same and cannot be trained.
  /// - Throws: `TorchError` when the weight cannot be laid out.
  public func prepared(for numerics: Numerics) throws(TorchError) -> Conv2D {
    guard numerics.prepared else { return self }
    let dtype = numerics.dtype
    guard Tensor.canPack(dtype, on: numerics.device) else {
      return Conv2D(
        self, weight: try weight.to(dtype).channelsLast(), bias: try bias?.to(dtype))
    }
    if kernel == stride, groups == 1, padding == .symmetric(0) || padding == .same && kernel == 1 {
      let rows = try weight.permuted(0, 2, 3, 1).reshaped(weight.shape[0], -1)
      let product = try Linear(weight: rows, bias: bias).prepared(for: numerics)
      return Conv2D(self, form: .windows(product), weight: product.weight, bias: product.bias)
    }
    let packed = try weight.to(dtype).packedForConvolution2D(
      stride: stride, padding: symmetricPadding ?? kernel / 2, groups: groups)
    return Conv2D(self, form: .packed, weight: packed, bias: try bias?.to(dtype))
  }

  /// `activation(convolution + bias + residual)`.
  ///
  /// - Parameters:
  ///   - x: `[batch, inputs, height, width]`.
  ///   - activation: applied last.
  ///   - residual: `[batch, outputs, height', width']`.
  /// - Returns: `[batch, outputs, height', width']`.
  /// - Throws: `TorchError` when the shapes disagree.
  public func callAsFunction(
    _ x: Tensor, activation: Activation? = nil, residual: Tensor? = nil
  ) throws(TorchError) -> Tensor {
    try Trace.span("convolution") { () throws(TorchError) in
      try compute(x, activation, residual)
    }
  }

  private func compute(
    _ x: Tensor, _ activation: Activation?, _ residual: Tensor?
  ) throws(TorchError) -> Tensor {
    if case .windows(let product) = form {
      return try multiplied(x, product, activation, residual)
    }
    if let symmetricPadding {
      return try convolved(x, padding: symmetricPadding, activation, residual)
    }
    let shape = x.shape
    let vertical = missing(shape[2])
    let horizontal = missing(shape[3])
    if vertical == horizontal, vertical.isMultiple(of: 2) {
      return try convolved(x, padding: vertical / 2, activation, residual)
    }
    let padded = try x.padded2D(
      left: horizontal / 2, right: horizontal - horizontal / 2,
      top: vertical / 2, bottom: vertical - vertical / 2)
    return try convolved(padded, padding: 0, activation, residual)
  }

  private func convolved(
    _ x: Tensor, padding: Int, _ activation: Activation?, _ residual: Tensor?
  ) throws(TorchError) -> Tensor {
    if case .packed = form {
      return try x.packedConvolved2D(
        weight, bias: bias, stride: stride, padding: padding, groups: groups,
        activation: activation?.fused, residual: residual)
    }
    let y = try x.convolved2D(weight, bias: bias, stride: stride, padding: padding, groups: groups)
    return try finished(y, activation, residual)
  }

  /// The windows as rows of a matrix, times the weight.
  private func multiplied(
    _ x: Tensor, _ product: Linear, _ activation: Activation?, _ residual: Tensor?
  ) throws(TorchError) -> Tensor {
    var rows = try x.permuted(0, 2, 3, 1)  // [batch, height, width, inputs]
    if kernel > 1 {
      let shape = rows.shape
      let (height, width) = (shape[1] / kernel, shape[2] / kernel)
      rows = try rows.sliced(0..<height * kernel, axis: 1).sliced(0..<width * kernel, axis: 2)
        .reshaped(shape[0], height, kernel, width, kernel * shape[3])
        .permuted(0, 1, 3, 2, 4).reshaped(shape[0], height, width, -1)
    }
    guard let residual else {
      return try product(rows, activation: activation).permuted(0, 3, 1, 2)
    }
    let y = try product(rows, residual: residual.permuted(0, 2, 3, 1)).permuted(0, 3, 1, 2)
    return try activation.map { activation throws(TorchError) in try activation(y) } ?? y
  }

  private func finished(
    _ y: Tensor, _ activation: Activation?, _ residual: Tensor?
  ) throws(TorchError) -> Tensor {
    let sum = try residual.map { residual throws(TorchError) in try y + residual } ?? y
    return try activation.map { activation throws(TorchError) in try activation(sum) } ?? sum
  }

  private var symmetricPadding: Int? {
    if case .symmetric(let padding) = padding { padding } else { nil }
  }

  private func missing(_ size: Int) -> Int {
    guard padding == .same else { return max(0, kernel - stride) }
    return max(0, ((size + stride - 1) / stride - 1) * stride + kernel - size)
  }
}
