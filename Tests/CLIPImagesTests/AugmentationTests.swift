import CLIPImages
import Foundation
import Testing

@Suite("Augmentation")
struct AugmentationTests {
  @Test("each operation equals Pillow's", arguments: Fixtures.all.operations)
  func operatesAsPillow(_ fixture: Fixtures.Operation) throws {
    let image = try RGBImage(
      width: fixture.width, height: fixture.height, pixels: Fixtures.expected(fixture.pixels))
    let value = fixture.value
    let operation: AugmentationOperation? =
      switch fixture.operation {
      case "shearX": .shearX(value)
      case "rotate": .rotate(degrees: value)
      case "posterize": .posterize(bits: Int(value))
      case "solarize": .solarize(threshold: Int(value))
      case "autoContrast": .autoContrast
      case "equalize": .equalize
      case "invert": .invert
      case "color": .color(factor: value)
      case "contrast": .contrast(factor: value)
      case "sharpness": .sharpness(factor: value)
      default: nil
      }
    let result = image.applying(try #require(operation))
    let difference = Difference(result.pixels, Fixtures.expected(fixture.result))
    #expect(difference.largest == 0, "\(difference)")
  }

  @Test("seed, epoch and sample determine the augmentation, and each of them matters")
  func isRepeatable() throws {
    let data = try PictureWriter.png(Scene.photograph(width: 120, height: 90), compression: 1)
    let augmentation = try ImageAugmentation(size: 24)
    func augmented(_ seed: UInt64, _ epoch: Int, _ sample: Int) throws -> RGBImage {
      var random = AugmentationRandom(seed: seed, epoch: epoch, sample: sample)
      return try augmentation(data, using: &random)
    }
    #expect(try augmented(1, 2, 3) == augmented(1, 2, 3))
    #expect(try Set((0..<50).map { try augmented(1, 2, $0) }).count > 40)
    #expect(try Set((0..<50).map { try augmented(1, $0, 3) }).count > 40)
    #expect(try Set((0..<50).map { try augmented(UInt64($0), 2, 3) }).count > 40)
  }

  @Test("without augmentation training sees what inference sees")
  func switchesOff() throws {
    let data = Fixtures.data("rgba.png")
    let augmentation = try ImageAugmentation(size: 10, configuration: .none)
    var random = AugmentationRandom(seed: 1, epoch: 1, sample: 1)
    #expect(try augmentation(data, using: &random) == ImagePreprocessor(size: 10)(data))
  }

  @Test("a flip alone gives the picture or its mirror, each about as often")
  func flips() throws {
    let data = Fixtures.data("rgb.png")
    let configuration = AugmentationConfiguration(
      cropArea: nil, flipProbability: 0.5, autoAugment: .none)
    let augmentation = try ImageAugmentation(size: 10, configuration: configuration)
    let plain = try ImagePreprocessor(size: 10)(data)
    let mirrored = plain.flippedHorizontally()
    var mirrors = 0
    for sample in 0..<400 {
      var random = AugmentationRandom(seed: 5, epoch: 0, sample: sample)
      let result = try augmentation(data, using: &random)
      #expect(result == plain || result == mirrored)
      if result == mirrored { mirrors += 1 }
    }
    #expect((150...250).contains(mirrors))
    #expect(mirrored.flippedHorizontally() == plain)
  }

  @Test("configurations survive JSON")
  func isCodable() throws {
    for configuration in [AugmentationConfiguration.chineseCLIP, .none] {
      let data = try JSONEncoder().encode(configuration)
      let read = try JSONDecoder().decode(AugmentationConfiguration.self, from: data)
      #expect(read == configuration)
    }
  }

  @Test("senseless configurations are refused")
  func refusesConfigurations() {
    var configuration = AugmentationConfiguration.chineseCLIP
    configuration.flipProbability = 1.5
    #expect(throws: ImageError.self) {
      try ImageAugmentation(size: 8, configuration: configuration)
    }
    configuration = .chineseCLIP
    configuration.cropArea = -1...1
    #expect(throws: ImageError.self) {
      try ImageAugmentation(size: 8, configuration: configuration)
    }
  }
}
