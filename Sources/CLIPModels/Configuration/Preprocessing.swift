public import CLIPImages
public import Torch

/// How picture files become the network's input.
public struct Preprocessing: Codable, Hashable, Sendable {
  /// Of red, green and blue, for pixels in 0…1.
  public var mean: [Double]
  /// Of red, green and blue, for pixels in 0…1.
  public var standardDeviation: [Double]
  /// Whether pictures that are not RGB are resized before or after they are converted.
  public var conversionOrder: ConversionOrder

  /// OpenAI CLIP's constants, which Chinese-CLIP keeps, in the original's order.
  public static let clip = Preprocessing(
    mean: [0.481_454_66, 0.457_827_5, 0.408_210_73],
    standardDeviation: [0.268_629_54, 0.261_302_58, 0.275_777_11],
    conversionOrder: .resizeFirst)

  /// Turns 8-bit pixels into the network's input, `(x / 255 - mean) / standardDeviation`.
  ///
  /// - Parameters:
  ///   - pixels: `[batch, height, width, 3]`, `uint8`.
  ///   - dtype: the type wanted.
  /// - Returns: `[batch, 3, height, width]`, a view whose channels are innermost in memory.
  /// - Throws: `TorchError` when there are not three channels.
  public func callAsFunction(_ pixels: Tensor, dtype: DType) throws(TorchError) -> Tensor {
    let device = pixels.device
    let scale = try Tensor(standardDeviation.map { Float(1 / (255 * $0)) }, shape: [3])
    let shift = try Tensor(zip(mean, standardDeviation).map { Float(-$0 / $1) }, shape: [3])
    let normalized =
      try pixels.to(.float32) * scale.to(device: device) + shift.to(device: device)
    return try normalized.to(dtype).permuted(0, 3, 1, 2)
  }
}
