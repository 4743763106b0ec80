import Torch
import TorchNN

/// Widen, filter each channel by itself, narrow again; residual where the shape stays.
///
/// Source: Sandler et al., *MobileNetV2*, 2018, figure 3; with squeeze-and-excite: Tan, Le,
/// *EfficientNet*, 2019.
struct InvertedBottleneck: Sendable {
  /// What its networks do differently.
  struct Form {
    let activation: Activation
    /// Channels of squeeze-and-excite for each channel that comes in; nil without it.
    let squeezeRatio: Double?
    let padding: Conv2D.Padding
    let isResidual: Bool
  }

  private let expand: ConvNorm?
  private let depthwise: ConvNorm
  private let squeeze: SqueezeExcite?
  private let project: ConvNorm
  private let form: Form

  init(
    _ inputs: Int, _ outputs: Int, _ stage: EfficientNetStage, stride: Int, form: Form,
    in scope: Parameters.Scope
  ) throws {
    let width = inputs * stage.expansion
    let numerics = scope.numerics
    func norm(_ width: Int, _ name: String) throws -> BatchNorm2D {
      try BatchNorm2D(width, epsilon: EfficientNet.epsilon, in: scope / name)
    }
    expand =
      stage.expansion > 1
      ? try ConvNorm(
        Conv2D(inputs, width, kernel: 1, in: scope / "_expand_conv"), norm(width, "_bn0"),
        numerics: numerics) : nil
    depthwise = try ConvNorm(
      Conv2D(
        width, width, kernel: stage.kernel, stride: stride, padding: form.padding, groups: width,
        in: scope / "_depthwise_conv"),
      norm(width, "_bn1"), numerics: numerics)
    squeeze = try form.squeezeRatio.map {
      try SqueezeExcite(
        width, inner: max(1, Int(Double(inputs) * $0)), activation: form.activation, in: scope)
    }
    project = try ConvNorm(
      Conv2D(width, outputs, kernel: 1, in: scope / "_project_conv"), norm(outputs, "_bn2"),
      numerics: numerics)
    self.form = form
  }

  /// - Parameters:
  ///   - x: `[batch, inputs, height, width]`.
  ///   - mode: training takes the batch's own statistics and updates the running ones.
  /// - Returns: `[batch, outputs, ⌈height / stride⌉, ⌈width / stride⌉]`.
  /// - Throws: `TorchError` when the shapes disagree.
  func callAsFunction(_ x: Tensor, mode: Mode) throws -> Tensor {
    var y = try expand.map { try $0(x, activation: form.activation, mode: mode) } ?? x
    y = try depthwise(y, activation: form.activation, mode: mode)
    if let squeeze { y = try squeeze(y) }
    return try project(y, residual: form.isResidual ? x : nil, mode: mode)
  }
}
