import CLIPImages
import Foundation
import Testing

@Suite("Metadata")
struct ImageMetadataTests {
  @Test("camera, lens, date and place of a photograph")
  func readsPhotograph() throws {
    let metadata = ImageMetadata(of: Fixtures.data("photographed.jpg"))
    #expect(metadata.orientation == .turnedLeft)
    #expect(metadata.cameraMake == "Swift Optics")
    #expect(metadata.cameraModel == "CLIP 1")
    #expect(metadata.lensModel == "50 mm")
    let date = try #require(metadata.dateTaken)
    #expect((date.year, date.month, date.day) == (2024, 5, 6))
    #expect((date.hour, date.minute, date.second) == (7, 8, 9))
    #expect(date.timeZone?.secondsFromGMT() == 8 * 3600)
    #expect(abs(try #require(metadata.latitude) + 33.51) < 1e-9)
    #expect(abs(try #require(metadata.longitude) - 151.25) < 1e-9)
    #expect(metadata.altitude == -12.5)
  }

  @Test("orientation in every format that has one")
  func readsOrientation() {
    let expected: [String: ImageOrientation] = [
      "orientation-7.jpg": .transversed, "orientation-8.png": .turnedRight,
      "orientation-3.webp": .upsideDown, "orientation-6.tif": .turnedLeft,
      "rgb.png": .upright, "palette.gif": .upright, "rgb.bmp": .upright,
    ]
    for (name, orientation) in expected {
      #expect(ImageMetadata(of: Fixtures.data(name)).orientation == orientation, "\(name)")
    }
  }

  @Test("orientation in an XMP packet counts where EXIF has none")
  func readsXMP() throws {
    let plain = Fixtures.data("baseline-444.jpg")
    let name = "http://ns.adobe.com/xap/1.0/\0"
    let packet = Data((name + #"<rdf:Description tiff:Orientation="8"/>"#).utf8)
    let length = packet.count + 2
    let segment = Data([0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)]) + packet
    let tagged = plain.prefix(2) + segment + plain.dropFirst(2)
    #expect(ImageMetadata(of: tagged).orientation == .turnedRight)
    let turned = try ImageDecoder().decode(tagged)
    #expect(turned == (try ImageDecoder().decode(plain)).turned(.turnedRight))
  }

  @Test("what has no metadata gives empty fields")
  func readsNothing() {
    for name in ["rgb.png", "palette.gif", "lossy.webp"] {
      let metadata = ImageMetadata(of: Fixtures.data(name))
      #expect(metadata.dateTaken == nil && metadata.cameraMake == nil && metadata.latitude == nil)
    }
    #expect(ImageMetadata(of: Data([1, 2, 3])).orientation == .upright)
  }

  @Test("offsets and counts that point outside are ignored")
  func ignoresWrongOffsets() throws {
    let data = Fixtures.data("photographed.jpg")
    let start = try #require(data.firstRange(of: Data("Exif\0\0".utf8))).upperBound
    // Every byte of the block in turn, at values that make offsets and counts enormous.
    for position in start..<min(start + 400, data.count) {
      for value in [0x00, 0x7F, 0xFF] as [UInt8] {
        var damaged = data
        damaged[position] = value
        let metadata = ImageMetadata(of: damaged)
        #expect(abs(metadata.latitude ?? 0) <= 90 && abs(metadata.longitude ?? 0) <= 180)
      }
    }
  }
}
