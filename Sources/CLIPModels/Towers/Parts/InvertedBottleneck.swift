import Torch
import TorchNN

/// Widen, filter each channel by itself, narrow again; residual where the shape stays.
///
/// Source: Sandler et al., *MobileNetV2*, 2018, figure 3.
struct InvertedBottleneck: Sendable {
  let expand: ConvNorm?
  let depthwise: ConvNorm
  let project: ConvNorm
  let isResidual: Bool

  init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int, expansion: Int,
    in scope: Parameters.Scope
  ) throws {
    let width = inputs * expansion
    let epsilon = EfficientNetLite.epsilon
    let numerics = scope.numerics
    expand =
      expansion > 1
      ? try ConvNorm(
        Conv2D(inputs, width, kernel: 1, in: scope / "_expand_conv"),
        BatchNorm2D(width, epsilon: epsilon, in: scope / "_bn0"), numerics: numerics) : nil
    depthwise = try ConvNorm(
      Conv2D(
        width, width, kernel: kernel, stride: stride, padding: .same, groups: width,
        in: scope / "_depthwise_conv"),
      BatchNorm2D(width, epsilon: epsilon, in: scope / "_bn1"), numerics: numerics)
    project = try ConvNorm(
      Conv2D(width, outputs, kernel: 1, in: scope / "_project_conv"),
      BatchNorm2D(outputs, epsilon: epsilon, in: scope / "_bn2"), numerics: numerics)
    isResidual = stride == 1 && inputs == outputs
  }

  /// - Parameters:
  ///   - x: `[batch, inputs, height, width]`.
  ///   - mode: training takes the batch's own statistics and updates the running ones.
  /// - Returns: `[batch, outputs, ⌈height / stride⌉, ⌈width / stride⌉]`.
  /// - Throws: `TorchError` when the shapes disagree.
  func callAsFunction(_ x: Tensor, mode: Mode) throws -> Tensor {
    var y = try expand.map { try $0(x, activation: .relu6, mode: mode) } ?? x
    y = try depthwise(y, activation: .relu6, mode: mode)
    return try project(y, residual: isResidual ? x : nil, mode: mode)
  }
}
