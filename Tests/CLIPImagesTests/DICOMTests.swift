import CLIPImages
import Foundation
import Testing

/// What Scripts/fixtures/dicom.py wrote.
private struct DICOMFixtures: Decodable {
  let width: Int
  let height: Int
  /// Grey levels, or red, green and blue, of every pixel.
  let levels: [String: [UInt8]]

  static let all = Result {
    try JSONDecoder().decode(Self.self, from: Fixtures.data("DICOM/levels.json"))
  }

  static func data(_ name: String) -> Data { Fixtures.data("DICOM/\(name)") }
}

@Suite("DICOM")
struct DICOMTests {
  @Test(
    "Window, slope, sign, inversion, planes, run lengths and JPEG as the standard says",
    arguments: [
      "window.dcm", "inverse.dcm", "signed.dcm", "baseline.dcm", "fragments.dcm",
      "run-lengths.dcm", "planes.dcm",
    ])
  func levels(_ name: String) throws {
    let fixtures = try DICOMFixtures.all.get()
    let expected = try #require(fixtures.levels[name])
    let header = try ImageDecoder().header(of: DICOMFixtures.data(name))
    #expect(header.format == .dicom)
    let image = try ImageDecoder().decode(DICOMFixtures.data(name))
    #expect(image.width == fixtures.width && image.height == fixtures.height)
    #expect(image.mode == (name == "planes.dcm" ? .rgb : .grey))
    let found =
      image.mode == .grey
      ? image.pixels : image.pixels.enumerated().filter { $0.offset % 4 != 3 }.map(\.element)
    let difference = Difference(found, expected)
    // Pillow and this package link different builds of libjpeg-turbo.
    let tolerance = name == "baseline.dcm" || name == "fragments.dcm" ? 1 : 0
    #expect(difference.largest <= tolerance, "\(difference)")
  }

  @Test("A file that ends early and one of another kind get one sentence each")
  func refusals() throws {
    let whole = DICOMFixtures.data("window.dcm")
    let cut = #expect(throws: ImageError.self) { try ImageDecoder().decode(whole.dropLast(30)) }
    #expect(
      cut?.description
        == "The DICOM picture is cut off (the data end too early); get a complete copy.")
    let early = #expect(throws: ImageError.self) { try ImageDecoder().decode(whole.prefix(300)) }
    guard case .truncated(.dicom, _) = early else {
      Issue.record("\(String(describing: early))")
      return
    }
    let other = #expect(throws: ImageError.self) {
      try ImageDecoder().decode(DICOMFixtures.data("jpeg2000.dcm"))
    }
    #expect(other?.description.contains("its pixels are JPEG 2000, 1.2.840.10008.1.2.4.90") == true)
    #expect(throws: ImageError.self) { try ImageDecoder(maximumPixels: 18 * 26 - 1).decode(whole) }
  }

  @Test("Cut anywhere or with flipped bits, a file is an error or a picture")
  func hostile() throws {
    let names = try DICOMFixtures.all.get().levels.keys.sorted()
    for name in names {
      let data = DICOMFixtures.data(name)
      for count in stride(from: 0, to: data.count, by: 5) {
        _ = try? ImagePreprocessor(size: 8)(data.prefix(count))
      }
      var random = AugmentationRandom(seed: 3, epoch: 0, sample: data.count)
      for _ in 0..<300 {
        var damaged = data
        for _ in 0...Int(random.next() % 3) {
          damaged[Int(random.next() % UInt64(data.count))] ^= 1 << UInt8(random.next() % 8)
        }
        _ = try? ImagePreprocessor(
          size: 8, decoder: ImageDecoder(maximumPixels: 1 << 20))(damaged)
      }
    }
  }

  @Test("Sixteen grey bits in a PNG keep their high byte")
  func grey16() throws {
    let image = try ImageDecoder().decode(DICOMFixtures.data("grey16.png"))
    #expect(image.mode == .grey && image.pixels == [0, 1, 127, 128, 255, 254])
  }
}
