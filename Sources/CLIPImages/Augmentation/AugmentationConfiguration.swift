/// Which augmentations a picture goes through before training sees it.
public struct AugmentationConfiguration: Sendable, Hashable, Codable {
  /// Policies that search has found.
  public enum AutoAugment: String, Sendable, Hashable, CaseIterable, Codable {
    /// No colour and geometry operations.
    case none
    /// The 25 sub-policies for ImageNet of Cubuk et al., *AutoAugment* (arXiv 1805.09501).
    case original
  }

  /// Which part of the picture's area a random crop keeps; nil squashes the whole picture.
  public var cropArea: ClosedRange<Double>?
  /// Width over height of the crop, drawn log-uniformly.
  public var cropAspect: ClosedRange<Double>
  /// How often the picture is mirrored left to right, with any text in it.
  public var flipProbability: Double
  /// The policy.
  public var autoAugment: AutoAugment

  /// Creates a configuration; every part can be switched off.
  public init(
    cropArea: ClosedRange<Double>?, cropAspect: ClosedRange<Double> = (3.0 / 4)...(4.0 / 3),
    flipProbability: Double, autoAugment: AutoAugment
  ) {
    self.cropArea = cropArea
    self.cropAspect = cropAspect
    self.flipProbability = flipProbability
    self.autoAugment = autoAugment
  }

  /// Keys that are missing are Chinese-CLIP's; a `crop_area` of null squashes the whole picture.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self = .chineseCLIP
    if container.contains(.cropArea) {
      cropArea = try container.decode(ClosedRange<Double>?.self, forKey: .cropArea)
    }
    cropAspect =
      try container.decodeIfPresent(ClosedRange<Double>.self, forKey: .cropAspect) ?? cropAspect
    flipProbability =
      try container.decodeIfPresent(Double.self, forKey: .flipProbability) ?? flipProbability
    autoAugment =
      try container.decodeIfPresent(AutoAugment.self, forKey: .autoAugment) ?? autoAugment
  }

  /// Writes every key.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(cropArea, forKey: .cropArea)
    try container.encode(cropAspect, forKey: .cropAspect)
    try container.encode(flipProbability, forKey: .flipProbability)
    try container.encode(autoAugment, forKey: .autoAugment)
  }

  private enum CodingKeys: String, CodingKey {
    case cropArea, cropAspect, flipProbability, autoAugment
  }

  /// Chinese-CLIP with `--use-augment` (cn_clip/training/data.py): crop of 0.9 to 1 of the area,
  /// mirroring of every second picture, AutoAugment.
  public static let chineseCLIP = AugmentationConfiguration(
    cropArea: 0.9...1, flipProbability: 0.5, autoAugment: .original)

  /// No augmentation: the picture as at inference.
  public static let none = AugmentationConfiguration(
    cropArea: nil, flipProbability: 0, autoAugment: .none)
}
