import Torch
import TorchNN

/// A pre-norm transformer block whose tokens attend within a window.
///
/// Source: Liu et al., *Swin Transformer*, 2021, equation 3.
struct SwinBlock: Sendable {
  private let attentionNorm: LayerNorm
  private let attention: WindowAttention
  private let mlpNorm: LayerNorm
  private let mlp: MLP
  private let windows: SwinWindows
  private let shift: Int

  /// Every second block of a stage shifts its windows by half, unless one window is the whole.
  init(
    width: Int, heads: Int, mlpRatio: Double, windows: SwinWindows, shifts: Bool,
    in scope: Parameters.Scope
  ) throws {
    self.windows = windows
    shift = shifts && windows.side > windows.window ? windows.window / 2 : 0
    attentionNorm = try LayerNorm(width, in: scope / "norm1")
    attention = try WindowAttention(
      width: width, heads: heads, windows: windows, shift: shift, in: scope / "attn")
    mlpNorm = try LayerNorm(width, in: scope / "norm2")
    let hidden = Int(Double(width) * mlpRatio)
    mlp = try MLP(
      expand: Linear(width, hidden, initial: .normal(0.02), in: scope / "mlp" / "fc1"),
      contract: Linear(hidden, width, initial: .normal(0.02), in: scope / "mlp" / "fc2"),
      activation: .gelu, numerics: scope.numerics)
  }

  /// - Parameter x: `[batch, side · side, width]`.
  /// - Returns: the same shape.
  /// - Throws: `TorchError` when the shapes disagree.
  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    let (batch, side, width) = (x.shape[0], windows.side, x.shape[2])
    var grid = try attentionNorm(x).reshaped(batch, side, side, width)
    if shift > 0 { grid = try grid.rolled(by: shift, axis: 1).rolled(by: shift, axis: 2) }
    var attended = try windows.joined(attention(windows.cut(grid)), width: width)
    if shift > 0 {
      attended = try attended.rolled(by: side - shift, axis: 1).rolled(by: side - shift, axis: 2)
    }
    let x = try x + attended.reshaped(batch, side * side, width)
    return try mlp(mlpNorm(x), residual: x)
  }
}

/// Attention within windows, with a learned bias for each pair of relative positions.
///
/// Source: Liu et al., 2021, section 3.2, equation 4.
struct WindowAttention: Sendable {
  private let projection: Linear
  private let output: Linear
  /// `[(2 · window - 1)², heads]`.
  private let table: Tensor
  /// The table's row for each pair of a window's tokens, `[window⁴]`.
  private let index: Tensor
  /// What is added where shifting has brought tokens together that are no neighbours,
  /// `[windows, 1, tokens, tokens]`; nil without a shift.
  private let mask: Tensor?
  private let heads: Int

  init(
    width: Int, heads: Int, windows: SwinWindows, shift: Int, in scope: Parameters.Scope
  ) throws {
    let reach = 2 * windows.window - 1
    table = try scope.parameter(
      "relative_position_bias_table", [reach * reach, heads], .normal(0.02))
    projection = try Linear(width, 3 * width, initial: .normal(0.02), in: scope / "qkv")
      .prepared(for: scope.numerics)
    output = try Linear(width, width, initial: .normal(0.02), in: scope / "proj")
      .prepared(for: scope.numerics)
    index = try windows.relativePositions().to(device: scope.numerics.device)
    mask = shift > 0 ? try windows.mask(shift: shift).to(device: scope.numerics.device) : nil
    self.heads = heads
  }

  /// - Parameter x: `[batch · windows, tokens, width]`.
  /// - Returns: the same shape.
  /// - Throws: `TorchError` when the shapes disagree.
  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    let (count, tokens, width) = (x.shape[0], x.shape[1], x.shape[2])
    // [3, batch · windows, heads, tokens, head width]
    let parts = try projection(x).reshaped(count, tokens, 3, heads, width / heads)
      .permuted(2, 0, 3, 1, 4)
    var bias = try table.gathered(rows: index).reshaped(tokens, tokens, heads).permuted(2, 0, 1)
      .unsqueezed(0)
    if let mask {
      let windows = mask.shape[0]
      bias = try (bias + mask.to(bias.dtype)).unsqueezed(0)
        .expanded(count / windows, windows, heads, tokens, tokens)
        .reshaped(count, heads, tokens, tokens)
    }
    let query = try parts.selected(0)
    let mixed = try Tensor.attention(
      query: query, key: parts.selected(1), value: parts.selected(2), mask: bias.to(query.dtype))
    return try output(mixed.transposed(1, 2).reshaped(count, tokens, width))
  }
}

/// Four neighbouring tokens become one of twice the width.
///
/// Source: Liu et al., 2021, section 3.1, *patch merging*.
struct SwinMerging: Sendable {
  private let norm: LayerNorm
  private let reduction: Linear
  private let side: Int

  init(width: Int, side: Int, in scope: Parameters.Scope) throws {
    reduction = try Linear(
      4 * width, 2 * width, bias: false, initial: .normal(0.02), in: scope / "reduction"
    ).prepared(for: scope.numerics)
    norm = try LayerNorm(4 * width, in: scope / "norm")
    self.side = side
  }

  /// - Parameter x: `[batch, side · side, width]`.
  /// - Returns: `[batch, side · side / 4, 2 · width]`.
  /// - Throws: `TorchError` when the shapes disagree.
  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    let (batch, half, width) = (x.shape[0], side / 2, x.shape[2])
    // The four are upper left, lower left, upper right, lower right.
    let four = try x.reshaped(batch, half, 2, half, 2, width).permuted(0, 1, 3, 4, 2, 5)
      .reshaped(batch, half * half, 4 * width)
    return try reduction(norm(four))
  }
}

extension Tensor {
  /// The values of a later place on an axis at every place; those of the first follow the last.
  fileprivate func rolled(by count: Int, axis: Int) throws(TorchError) -> Tensor {
    try .concatenated(
      [sliced(count..<shape[axis], axis: axis), sliced(0..<count, axis: axis)], axis: axis)
  }
}
