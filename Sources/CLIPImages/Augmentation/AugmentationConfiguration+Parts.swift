extension AugmentationConfiguration {
  /// Turns, shifts and zooms at random, about the picture's centre; what is left empty is black.
  ///
  /// torchvision's `RandomAffine` with `BICUBIC`.
  public struct Affine: Sendable, Hashable, Codable {
    /// At most so many degrees, either way.
    public var degrees: Double
    /// At most such a share of width and of height, either way.
    public var translate: Double
    /// The size becomes so many times what it was.
    public var scale: ClosedRange<Double>

    /// Names the ranges.
    public init(degrees: Double, translate: Double = 0, scale: ClosedRange<Double> = 1...1) {
      self.degrees = degrees
      self.translate = translate
      self.scale = scale
    }

    private enum CodingKeys: String, CodingKey { case degrees, translate, scale }

    /// Ranges that are missing change nothing.
    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      self.init(
        degrees: try keys.decodeIfPresent(Double.self, forKey: .degrees) ?? 0,
        translate: try keys.decodeIfPresent(Double.self, forKey: .translate) ?? 0,
        scale: try keys.decodeIfPresent(ClosedRange<Double>.self, forKey: .scale) ?? 1...1)
    }
  }

  /// Changes brightness, contrast and saturation at random, in this order.
  ///
  /// torchvision's `ColorJitter` without hue, which draws the order too.
  public struct Jitter: Sendable, Hashable, Codable {
    /// Factors are drawn from 1 − so much to 1 + so much; 0 changes nothing.
    public var brightness: Double
    /// The same for contrast.
    public var contrast: Double
    /// The same for saturation; grey pictures have none.
    public var saturation: Double

    /// Names the ranges.
    public init(brightness: Double, contrast: Double, saturation: Double = 0) {
      self.brightness = brightness
      self.contrast = contrast
      self.saturation = saturation
    }

    private enum CodingKeys: String, CodingKey { case brightness, contrast, saturation }

    /// Ranges that are missing change nothing.
    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      self.init(
        brightness: try keys.decodeIfPresent(Double.self, forKey: .brightness) ?? 0,
        contrast: try keys.decodeIfPresent(Double.self, forKey: .contrast) ?? 0,
        saturation: try keys.decodeIfPresent(Double.self, forKey: .saturation) ?? 0)
    }
  }

  /// Why pictures cannot be augmented so; nil if they can.
  var problem: String? {
    for range in [cropArea ?? 1...1, cropAspect, affine?.scale ?? 1...1, blur ?? 1...1]
    where !(range.lowerBound > 0 && range.upperBound.isFinite) {
      return "the ranges of crop, scale and blur must be positive numbers"
    }
    guard (0...1).contains(flipProbability) else {
      return "flip probability \(flipProbability) is not between 0 and 1"
    }
    let turn = affine ?? Affine(degrees: 0)
    guard (0...180).contains(turn.degrees), (0...1).contains(turn.translate) else {
      return "affine takes degrees in 0…180 and a share to translate in 0…1"
    }
    let tone = jitter ?? Jitter(brightness: 0, contrast: 0)
    guard [tone.brightness, tone.contrast, tone.saturation].allSatisfy((0...1).contains) else {
      return "jitter takes shares in 0…1"
    }
    guard (blur?.upperBound ?? 0) <= 100 else { return "blur takes standard deviations up to 100" }
    return nil
  }

  /// ConVIRT's: crop of 0.6 to 1 of the area, mirroring, turns of 20°, shifts of a tenth, sizes of 0.95
  /// to 1.05, brightness and contrast by 0.4, blur of 0.1 to 3 pixels.
  ///
  /// Source: Zhang et al., *ConVIRT*, 2020, appendix A.
  public static let conVIRT = AugmentationConfiguration(
    cropArea: 0.6...1, flipProbability: 0.5, autoAugment: .none,
    affine: Affine(degrees: 20, translate: 0.1, scale: 0.95...1.05),
    jitter: Jitter(brightness: 0.4, contrast: 0.4), blur: 0.1...3)
}
