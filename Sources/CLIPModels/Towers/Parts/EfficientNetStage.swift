/// Blocks of one kind: a row of EfficientNet's table 1.
public struct EfficientNetStage: Codable, Hashable, Sendable {
  /// The side of the depthwise convolution's window.
  public var kernel: Int
  /// Of the first block; the others keep the size of the map.
  public var stride: Int
  /// How many times as wide the inside of a block is.
  public var expansion: Int
  /// Channels that leave it, before they are scaled.
  public var outputs: Int
  /// Blocks, before they are scaled.
  public var blocks: Int

  /// Names the numbers.
  public init(kernel: Int, stride: Int, expansion: Int, outputs: Int, blocks: Int) {
    self.kernel = kernel
    self.stride = stride
    self.expansion = expansion
    self.outputs = outputs
    self.blocks = blocks
  }

  /// Table 1 of Tan and Le, *EfficientNet*, 2019: B0, which the multipliers scale.
  public static let standard = [
    Self(kernel: 3, stride: 1, expansion: 1, outputs: 16, blocks: 1),
    Self(kernel: 3, stride: 2, expansion: 6, outputs: 24, blocks: 2),
    Self(kernel: 5, stride: 2, expansion: 6, outputs: 40, blocks: 2),
    Self(kernel: 3, stride: 2, expansion: 6, outputs: 80, blocks: 3),
    Self(kernel: 5, stride: 1, expansion: 6, outputs: 112, blocks: 3),
    Self(kernel: 5, stride: 2, expansion: 6, outputs: 192, blocks: 4),
    Self(kernel: 3, stride: 1, expansion: 6, outputs: 320, blocks: 1),
  ]

  /// Channels scaled and rounded to a multiple, never down by more than a tenth.
  static func channels(_ count: Int, _ multiplier: Double, multiple: Int = 8) -> Int {
    let scaled = Double(count) * multiplier
    let rounded = max(multiple, Int(scaled + Double(multiple) / 2) / multiple * multiple)
    return Double(rounded) < 0.9 * scaled ? rounded + multiple : rounded
  }

  /// Blocks scaled, a part of one counting as one.
  static func depth(_ count: Int, _ multiplier: Double) -> Int {
    Int((Double(count) * multiplier).rounded(.up))
  }
}
