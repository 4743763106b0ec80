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
  /// Turns, shifts and zooms; nil: none.
  public var affine: Affine?
  /// Changes of brightness, contrast and saturation; nil: none.
  public var jitter: Jitter?
  /// The range of a Gaussian blur's standard deviation, in pixels of the square; nil: none.
  public var blur: ClosedRange<Double>?

  /// Creates a configuration; every part can be switched off.
  public init(
    cropArea: ClosedRange<Double>?, cropAspect: ClosedRange<Double> = (3.0 / 4)...(4.0 / 3),
    flipProbability: Double, autoAugment: AutoAugment, affine: Affine? = nil,
    jitter: Jitter? = nil, blur: ClosedRange<Double>? = nil
  ) {
    self.cropArea = cropArea
    self.cropAspect = cropAspect
    self.flipProbability = flipProbability
    self.autoAugment = autoAugment
    self.affine = affine
    self.jitter = jitter
    self.blur = blur
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
    affine = try container.decodeIfPresent(Affine.self, forKey: .affine)
    jitter = try container.decodeIfPresent(Jitter.self, forKey: .jitter)
    blur = try container.decodeIfPresent(ClosedRange<Double>.self, forKey: .blur)
  }

  /// Writes every key of the original's, and what is there of the others.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(cropArea, forKey: .cropArea)
    try container.encode(cropAspect, forKey: .cropAspect)
    try container.encode(flipProbability, forKey: .flipProbability)
    try container.encode(autoAugment, forKey: .autoAugment)
    try container.encodeIfPresent(affine, forKey: .affine)
    try container.encodeIfPresent(jitter, forKey: .jitter)
    try container.encodeIfPresent(blur, forKey: .blur)
  }

  private enum CodingKeys: String, CodingKey {
    case cropArea, cropAspect, flipProbability, autoAugment, affine, jitter, blur
  }

  /// Chinese-CLIP with `--use-augment` (cn_clip/training/data.py): crop of 0.9 to 1 of the area,
  /// mirroring of every second picture, AutoAugment.
  public static let chineseCLIP = AugmentationConfiguration(
    cropArea: 0.9...1, flipProbability: 0.5, autoAugment: .original)

  /// No augmentation: the picture as at inference.
  public static let none = AugmentationConfiguration(
    cropArea: nil, flipProbability: 0, autoAugment: .none)
}
