/// A list of sub-policies, one of which is applied to each picture.
///
/// Cubuk et al., *AutoAugment: Learning Augmentation Policies from Data* (arXiv 1805.09501),
/// with the level scales of timm's `original` policy (timm/data/auto_augment.py).
struct AutoAugmentPolicy: Sendable {
  /// An operation that happens with some probability, at a level from 0 to 10.
  struct Step: Sendable {
    enum Operation: Sendable {
      case shearX, rotate, posterize, solarize, autoContrast, equalize, invert
      case color, contrast, sharpness
    }
    let operation: Operation
    let probability: Double
    let level: Double

    init(_ operation: Operation, _ probability: Double, _ level: Double) {
      self.operation = operation
      self.probability = probability
      self.level = level
    }

    /// The operation with its argument; shears and rotations go either way.
    func drawn(using random: inout some RandomNumberGenerator) -> AugmentationOperation? {
      guard random.uniform() < probability else { return nil }
      let sign: Double
      switch operation {
      case .shearX, .rotate: sign = random.uniform() < 0.5 ? -1 : 1
      default: sign = 1
      }
      return argument(sign: sign)
    }

    func argument(sign: Double) -> AugmentationOperation {
      let part = level / 10
      return switch operation {
      case .shearX: .shearX(sign * part * 0.3)
      case .rotate: .rotate(degrees: sign * part * 30)
      case .posterize: .posterize(bits: Int(part * 4) + 4)
      case .solarize: .solarize(threshold: min(256, Int(part * 256)))
      case .autoContrast: .autoContrast
      case .equalize: .equalize
      case .invert: .invert
      case .color: .color(factor: part * 1.8 + 0.1)
      case .contrast: .contrast(factor: part * 1.8 + 0.1)
      case .sharpness: .sharpness(factor: part * 1.8 + 0.1)
      }
    }
  }

  let subpolicies: [[Step]]

  /// Draws a sub-policy and applies its steps in order.
  func applied(
    to image: RGBImage, using random: inout some RandomNumberGenerator
  ) -> RGBImage {
    guard !subpolicies.isEmpty else { return image }
    var image = image
    for step in subpolicies[random.index(below: subpolicies.count)] {
      if let operation = step.drawn(using: &random) { image = image.applying(operation) }
    }
    return image
  }

  /// The policy for ImageNet, table 9 of the paper.
  static let original = AutoAugmentPolicy(subpolicies: [
    [Step(.posterize, 0.4, 8), Step(.rotate, 0.6, 9)],
    [Step(.solarize, 0.6, 5), Step(.autoContrast, 0.6, 5)],
    [Step(.equalize, 0.8, 8), Step(.equalize, 0.6, 3)],
    [Step(.posterize, 0.6, 7), Step(.posterize, 0.6, 6)],
    [Step(.equalize, 0.4, 7), Step(.solarize, 0.2, 4)],
    [Step(.equalize, 0.4, 4), Step(.rotate, 0.8, 8)],
    [Step(.solarize, 0.6, 3), Step(.equalize, 0.6, 7)],
    [Step(.posterize, 0.8, 5), Step(.equalize, 1.0, 2)],
    [Step(.rotate, 0.2, 3), Step(.solarize, 0.6, 8)],
    [Step(.equalize, 0.6, 8), Step(.posterize, 0.4, 6)],
    [Step(.rotate, 0.8, 8), Step(.color, 0.4, 0)],
    [Step(.rotate, 0.4, 9), Step(.equalize, 0.6, 2)],
    [Step(.equalize, 0.0, 7), Step(.equalize, 0.8, 8)],
    [Step(.invert, 0.6, 4), Step(.equalize, 1.0, 8)],
    [Step(.color, 0.6, 4), Step(.contrast, 1.0, 8)],
    [Step(.rotate, 0.8, 8), Step(.color, 1.0, 2)],
    [Step(.color, 0.8, 8), Step(.solarize, 0.8, 7)],
    [Step(.sharpness, 0.4, 7), Step(.invert, 0.6, 8)],
    [Step(.shearX, 0.6, 5), Step(.equalize, 1.0, 9)],
    [Step(.color, 0.4, 0), Step(.equalize, 0.6, 3)],
    [Step(.equalize, 0.4, 7), Step(.solarize, 0.2, 4)],
    [Step(.solarize, 0.6, 5), Step(.autoContrast, 0.6, 5)],
    [Step(.invert, 0.6, 4), Step(.equalize, 1.0, 8)],
    [Step(.color, 0.6, 4), Step(.contrast, 1.0, 8)],
    [Step(.equalize, 0.8, 8), Step(.equalize, 0.6, 3)],
  ])
}
