import Torch
import TorchNN

/// The residual block of a plain ResNet: its convolutions one after another, added to the input.
///
/// The stride is that of the first convolution of 3 × 3, as in torchvision ("ResNet v1.5").
///
/// Source: He et al., *Deep Residual Learning*, 2015, figure 5.
struct ResidualBlock: Sendable {
  private let convolutions: [ConvNorm]
  private let shortcut: ConvNorm?

  init(
    _ block: ResNet.Block, inputs: Int, planes: Int, stride: Int, in scope: Parameters.Scope
  ) throws {
    let outputs = planes * block.expansion
    func layer(
      _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int, _ names: (String, String),
      in scope: Parameters.Scope
    ) throws -> ConvNorm {
      try ConvNorm(
        Conv2D(
          inputs, outputs, kernel: kernel, stride: stride, padding: .symmetric(kernel / 2),
          in: scope / names.0),
        BatchNorm2D(outputs, in: scope / names.1), numerics: scope.numerics)
    }
    func convolution(
      _ number: Int, _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1
    ) throws -> ConvNorm {
      try layer(
        inputs, outputs, kernel: kernel, stride: stride, ("conv\(number)", "bn\(number)"), in: scope
      )
    }
    convolutions =
      switch block {
      case .basic:
        [
          try convolution(1, inputs, planes, kernel: 3, stride: stride),
          try convolution(2, planes, outputs, kernel: 3),
        ]
      case .bottleneck:
        [
          try convolution(1, inputs, planes, kernel: 1),
          try convolution(2, planes, planes, kernel: 3, stride: stride),
          try convolution(3, planes, outputs, kernel: 1),
        ]
      }
    shortcut =
      stride > 1 || inputs != outputs
      ? try layer(
        inputs, outputs, kernel: 1, stride: stride, ("0", "1"), in: scope / "downsample") : nil
  }

  /// - Parameters:
  ///   - x: `[batch, inputs, height, width]`.
  ///   - mode: training takes the batch's own statistics and updates the running ones.
  /// - Returns: `[batch, planes · expansion, ⌈height / stride⌉, ⌈width / stride⌉]`.
  /// - Throws: `TorchError` when the shapes disagree.
  func callAsFunction(_ x: Tensor, mode: Mode) throws -> Tensor {
    let identity = try shortcut?(x, mode: mode) ?? x
    var y = x
    for (index, layer) in convolutions.enumerated() {
      let isLast = index == convolutions.count - 1
      y = try layer(y, activation: .relu, residual: isLast ? identity : nil, mode: mode)
    }
    return y
  }
}
