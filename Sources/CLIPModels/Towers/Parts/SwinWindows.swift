import Torch

/// The windows of a stage: squares of tokens that cover it exactly.
struct SwinWindows: Sendable {
  /// Tokens on a side of the whole.
  let side: Int
  /// Tokens on a side of a window.
  let window: Int

  private var count: Int { side / window }

  /// `[batch, side, side, width]` → `[batch · windows, window · window, width]`.
  func cut(_ grid: Tensor) throws(TorchError) -> Tensor {
    let (batch, width) = (grid.shape[0], grid.shape[3])
    return try grid.reshaped(batch, count, window, count, window, width)
      .permuted(0, 1, 3, 2, 4, 5).reshaped(batch * count * count, window * window, width)
  }

  /// `[batch · windows, window · window, width]` → `[batch, side, side, width]`.
  func joined(_ windows: Tensor, width: Int) throws(TorchError) -> Tensor {
    let batch = windows.shape[0] / (count * count)
    return try windows.reshaped(batch, count, count, window, window, width)
      .permuted(0, 1, 3, 2, 4, 5).reshaped(batch, side, side, width)
  }

  /// For each pair of a window's tokens the row of the table that its distance has, `[window⁴]`.
  func relativePositions() throws(TorchError) -> Tensor {
    let tokens = window * window
    let rows = (0..<tokens * tokens).map { pair in
      let (asking, answering) = (pair / tokens, pair % tokens)
      let down = asking / window - answering / window + window - 1
      let right = asking % window - answering % window + window - 1
      return Int64(down * (2 * window - 1) + right)
    }
    return try Tensor(rows, shape: [rows.count])
  }

  /// -100, as the published code has it, between tokens of a shifted window that come from different
  /// borders of the picture: `[windows, 1, window², window²]`.
  func mask(shift: Int) throws(TorchError) -> Tensor {
    // Along one side: what no shifted window cuts, what stays before the border, what has wrapped.
    func band(_ place: Int) -> Int {
      place < side - window ? 0 : place < side - shift ? 1 : 2
    }
    let bands = (0..<side * side).map { Float(band($0 / side) * 3 + band($0 % side)) }
    let windows = try cut(Tensor(bands, shape: [1, side, side, 1])).squeezed(2)
    let differ = try windows.unsqueezed(1).isEqual(to: windows.unsqueezed(2)).inverted()
    return try (differ.to(.float32) * -100).unsqueezed(1)
  }
}
