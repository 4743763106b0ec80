import CLIPImages
public import Torch

extension PixelNormalization {
  /// Turns 8-bit pixels into the network's input.
  ///
  /// - Parameters:
  ///   - pixels: `[batch, height, width, 3]`, `uint8`.
  ///   - dtype: the type wanted.
  /// - Returns: `[batch, 3, height, width]`, a view whose channels are innermost in memory.
  public func callAsFunction(_ pixels: Tensor, dtype: DType) throws(TorchError) -> Tensor {
    let device = pixels.device
    let scale = try Tensor(standardDeviation.map { Float(1 / (255 * $0)) }, shape: [3])
    let shift = try Tensor(
      zip(mean, standardDeviation).map { Float(-$0 / $1) }, shape: [3])
    let normalized =
      try pixels.to(.float32) * scale.to(device: device) + shift.to(device: device)
    return try normalized.to(dtype).permuted(0, 3, 1, 2)
  }
}
