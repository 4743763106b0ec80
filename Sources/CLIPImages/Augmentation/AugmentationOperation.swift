/// The operations of AutoAugment and of ConVIRT with their arguments, each equal to Pillow's and
/// torchvision's on 8-bit RGB.
public enum AugmentationOperation: Sendable, Hashable {
  /// Shifts rows by `factor` times their height (`Image.transform`, affine, bicubic).
  case shearX(Double)
  /// Turns counterclockwise about the centre (`Image.rotate`, bicubic).
  case rotate(degrees: Double)
  /// Keeps the highest bits of each sample (`ImageOps.posterize`); 8 or more keeps all.
  case posterize(bits: Int)
  /// Inverts samples from `threshold` upwards (`ImageOps.solarize`).
  case solarize(threshold: Int)
  /// Stretches each channel to the whole range (`ImageOps.autocontrast`).
  case autoContrast
  /// Evens out each channel's histogram (`ImageOps.equalize`).
  case equalize
  /// Inverts every sample (`ImageOps.invert`).
  case invert
  /// 0 is grey, 1 the picture itself (`ImageEnhance.Color`).
  case color(factor: Double)
  /// 0 is the mean grey, 1 the picture itself (`ImageEnhance.Contrast`).
  case contrast(factor: Double)
  /// 0 is smoothed, 1 the picture itself (`ImageEnhance.Sharpness`).
  case sharpness(factor: Double)
  /// 0 is black, 1 the picture itself (`ImageEnhance.Brightness`).
  case brightness(factor: Double)
  /// Turns clockwise, enlarges and shifts about the centre; what is left empty is black (torchvision's
  /// `affine` with `BICUBIC`).
  case affine(degrees: Double, scale: Double, x: Double, y: Double)
  /// A Gaussian blur whose kernel reaches three standard deviations (torchvision's `gaussian_blur`).
  case blur(sigma: Double)
}

extension RGBImage {
  /// The mean colour of CLIP's training pictures, which fills what geometry leaves empty.
  static let meanColour: [UInt8] = [123, 117, 104]

  /// The picture after one operation; the size stays.
  public func applying(_ operation: AugmentationOperation) -> RGBImage {
    switch operation {
    case .shearX(let factor):
      transformed(by: AffineMap(a: 1, b: factor, c: 0, d: 0, e: 1, f: 0), fill: Self.meanColour)
    case .rotate(let degrees): rotated(degrees: degrees, fill: Self.meanColour)
    case .posterize(let bits): posterized(bits: bits)
    case .solarize(let threshold): mapped { $0 < threshold ? $0 : 255 - $0 }
    case .autoContrast: autoContrasted()
    case .equalize: equalized()
    case .invert: mapped { 255 - $0 }
    case .color(let factor): grey().blended(with: self, factor: factor)
    case .contrast(let factor): meanGrey().blended(with: self, factor: factor)
    case .sharpness(let factor): smoothed().blended(with: self, factor: factor)
    case .brightness(let factor): brightened(by: factor)
    case .affine(let degrees, let scale, let x, let y):
      transformed(
        by: .about(width: width, height: height, degrees: degrees, scale: scale, shift: (x, y)),
        fill: [0, 0, 0])
    case .blur(let sigma): blurred(sigma: sigma)
    }
  }
}
