public import Foundation

/// Makes of a picture what training sees: a random crop squashed to a square, perhaps mirrored,
/// then an AutoAugment sub-policy, as timm's transform in Chinese-CLIP's training.
public struct ImageAugmentation: Sendable, Hashable {
  /// The side of the square.
  public let size: Int
  /// Which parts are on.
  public let configuration: AugmentationConfiguration
  /// Limits, orientation and reduction.
  public let decoder: ImageDecoder

  /// Creates an augmentation.
  ///
  /// - Throws: ``ImageError/invalidRequest(_:)`` for ranges that are not positive numbers and for
  ///   a probability outside of 0...1.
  public init(
    size: Int, configuration: AugmentationConfiguration = .chineseCLIP,
    decoder: ImageDecoder = ImageDecoder()
  ) throws(ImageError) {
    if let problem = configuration.problem { throw .invalidRequest(problem) }
    self.size = size
    self.configuration = configuration
    self.decoder = decoder
  }

  /// Decodes and augments a picture.
  ///
  /// - Parameters:
  ///   - data: the bytes of a file.
  ///   - random: where chance comes from, ``AugmentationRandom`` for repeatable training.
  /// - Returns: `size` by `size` pixels.
  /// - Throws: an ``ImageError`` that says what is wrong with the file.
  public func callAsFunction(
    _ data: Data, using random: inout some RandomNumberGenerator
  ) throws(ImageError) -> RGBImage {
    let square = try decoder.render(data) { width, height in
      rendering(width: width, height: height, using: &random)
    }
    return finished(square, using: &random)
  }

  /// The same for a picture that is already decoded.
  public func callAsFunction(
    _ image: DecodedImage, using random: inout some RandomNumberGenerator
  ) throws(ImageError) -> RGBImage {
    let plan = rendering(width: image.width, height: image.height, using: &random)
    return finished(try image.rendered(plan), using: &random)
  }

  private func rendering(
    width: Int, height: Int, using random: inout some RandomNumberGenerator
  ) -> Rendering {
    let crop = configuration.cropArea.map {
      RandomResizedCrop(area: $0, aspect: configuration.cropAspect)
        .rectangle(width: width, height: height, using: &random)
    }
    return Rendering(crop: crop, width: size, height: size)
  }

  private func finished(
    _ square: DecodedImage, using random: inout some RandomNumberGenerator
  ) -> RGBImage {
    var image = square.convertedToRGB()
    if random.uniform() < configuration.flipProbability { image = image.flippedHorizontally() }
    if let affine = configuration.affine { image = turned(image, affine, using: &random) }
    if let jitter = configuration.jitter { image = jittered(image, jitter, using: &random) }
    switch configuration.autoAugment {
    case .none: break
    case .original: image = AutoAugmentPolicy.original.applied(to: image, using: &random)
    }
    if let blur = configuration.blur {
      image = image.applying(.blur(sigma: random.uniform(in: blur)))
    }
    image.warning = square.warning
    return image
  }

  private func turned(
    _ image: RGBImage, _ affine: AugmentationConfiguration.Affine,
    using random: inout some RandomNumberGenerator
  ) -> RGBImage {
    let degrees = random.uniform(in: -affine.degrees...affine.degrees)
    let reach = affine.translate * Double(size)
    // Whole pixels, as in torchvision.
    let x = random.uniform(in: -reach...reach).rounded()
    let y = random.uniform(in: -reach...reach).rounded()
    let scale = random.uniform(in: affine.scale)
    return image.applying(.affine(degrees: degrees, scale: scale, x: x, y: y))
  }

  private func jittered(
    _ image: RGBImage, _ jitter: AugmentationConfiguration.Jitter,
    using random: inout some RandomNumberGenerator
  ) -> RGBImage {
    func factor(_ share: Double) -> Double { random.uniform(in: 1 - share...1 + share) }
    return image.applying(.brightness(factor: factor(jitter.brightness)))
      .applying(.contrast(factor: factor(jitter.contrast)))
      .applying(.color(factor: factor(jitter.saturation)))
  }
}
