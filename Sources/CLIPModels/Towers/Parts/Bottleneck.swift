import Torch
import TorchNN

/// A residual block of three convolutions whose stride is an average pool.
///
/// Source: `cn_clip/clip/model.py`, class `Bottleneck`.
struct Bottleneck: Sendable {
  /// Output channels for each inner channel.
  static let expansion = 4

  let reduce: ConvNorm
  let convolve: ConvNorm
  let expand: ConvNorm
  let shortcut: ConvNorm?
  let stride: Int

  init(_ inputs: Int, _ planes: Int, stride: Int, in scope: Parameters.Scope) throws {
    let outputs = planes * Self.expansion
    let numerics = scope.numerics
    reduce = try ConvNorm(
      Conv2D(inputs, planes, kernel: 1, in: scope / "conv1"),
      BatchNorm2D(planes, in: scope / "bn1"), numerics: numerics)
    convolve = try ConvNorm(
      Conv2D(planes, planes, kernel: 3, padding: .symmetric(1), in: scope / "conv2"),
      BatchNorm2D(planes, in: scope / "bn2"), numerics: numerics)
    expand = try ConvNorm(
      Conv2D(planes, outputs, kernel: 1, in: scope / "conv3"),
      BatchNorm2D(outputs, initialScale: 0, in: scope / "bn3"), numerics: numerics)
    shortcut =
      stride > 1 || inputs != outputs
      ? try ConvNorm(
        Conv2D(inputs, outputs, kernel: 1, in: scope / "downsample" / "0"),
        BatchNorm2D(outputs, in: scope / "downsample" / "1"), numerics: numerics) : nil
    self.stride = stride
  }

  /// - Parameters:
  ///   - x: `[batch, inputs, height, width]`.
  ///   - mode: training takes the batch's own statistics and updates the running ones.
  /// - Returns: `[batch, 4 · planes, height / stride, width / stride]`.
  /// - Throws: `TorchError` when the shapes disagree.
  func callAsFunction(_ x: Tensor, mode: Mode) throws -> Tensor {
    var y = try reduce(x, activation: .relu, mode: mode)
    y = try convolve(y, activation: .relu, mode: mode)
    let identity = try shortcut?(pooled(x), mode: mode) ?? x
    return try expand(pooled(y), activation: .relu, residual: identity, mode: mode)
  }

  private func pooled(_ x: Tensor) throws(TorchError) -> Tensor {
    stride > 1 ? try x.averagePooled2D(kernel: stride, stride: stride) : x
  }
}
