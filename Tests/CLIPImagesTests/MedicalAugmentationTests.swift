import CLIPImages
import Foundation
import Testing

/// What Scripts/fixtures/augmentation.py wrote.
private struct MedicalFixtures: Decodable {
  struct Affine: Decodable {
    let degrees, scale: Double
    let shift: [Double]
    let pixels: [UInt8]
  }
  struct Blur: Decodable {
    let sigma: Double
    let pixels: [UInt8]
  }
  struct Brightness: Decodable {
    let factor: Double
    let pixels: [UInt8]
  }
  let width, height: Int
  let source: [UInt8]
  let affine: [Affine]
  let blur: [Blur]
  let brightness: [Brightness]

  init() throws {
    self = try JSONDecoder().decode(Self.self, from: Fixtures.data("medical-augmentation.json"))
  }

  func image() throws -> RGBImage {
    try RGBImage(width: width, height: height, pixels: source)
  }
}

@Suite("Augmentation of medical pictures")
struct MedicalAugmentationTests {
  @Test("Turns, shifts, sizes, brightness and blur are torchvision's")
  func parity() throws {
    let fixtures = try MedicalFixtures()
    let image = try fixtures.image()
    for entry in fixtures.affine {
      let own = image.applying(
        .affine(degrees: entry.degrees, scale: entry.scale, x: entry.shift[0], y: entry.shift[1]))
      let difference = Difference(own.pixels, entry.pixels)
      #expect(difference.largest <= 1, "\(entry.degrees)°: \(difference)")
    }
    for entry in fixtures.blur {
      let difference = Difference(
        image.applying(.blur(sigma: entry.sigma)).pixels, entry.pixels)
      #expect(difference.largest <= 1, "σ \(entry.sigma): \(difference)")
    }
    for entry in fixtures.brightness {
      #expect(
        image.applying(.brightness(factor: entry.factor)).pixels == entry.pixels)
    }
  }

  @Test("Equal numbers make equal pictures, others do not, and ranges that cannot be are refused")
  func drawing() throws {
    let image = try MedicalFixtures().image()
    let augmentation = try ImageAugmentation(size: 16, configuration: .conVIRT)
    func picture(_ sample: Int) throws -> RGBImage {
      var random = AugmentationRandom(seed: 1, epoch: 0, sample: sample)
      return try augmentation(DecodedImage(image), using: &random)
    }
    #expect(try picture(1) == picture(1))
    #expect(try Set((0..<20).map { try picture($0).pixels }).count == 20)
    var wrong = AugmentationConfiguration.conVIRT
    wrong.affine?.degrees = 200
    #expect(throws: ImageError.self) { try ImageAugmentation(size: 16, configuration: wrong) }
    wrong = .conVIRT
    wrong.blur = 0...1
    #expect(throws: ImageError.self) { try ImageAugmentation(size: 16, configuration: wrong) }
  }

  @Test("A configuration is read with parts of it missing, and comes back as it was written")
  func coding() throws {
    let json = #"{"affine": {"degrees": 10}, "jitter": {"brightness": 0.2}, "blur": [0.1, 3]}"#
    let read = try JSONDecoder().decode(AugmentationConfiguration.self, from: Data(json.utf8))
    #expect(read.affine == AugmentationConfiguration.Affine(degrees: 10))
    #expect(read.jitter?.contrast == 0 && read.blur == 0.1...3)
    let written = try JSONEncoder().encode(AugmentationConfiguration.conVIRT)
    #expect(try JSONDecoder().decode(AugmentationConfiguration.self, from: written) == .conVIRT)
  }
}
