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

  @Test("EXIF in a PNG's text chunk counts as Pillow's does")
  func readsProfileText() {
    #expect(ImageMetadata(of: Fixtures.data("profile-text-6.png")).orientation == .turnedLeft)
    #expect(ImageMetadata(of: Fixtures.data("profile-compressed-3.png")).orientation == .upsideDown)
  }

  @Test(
    "dates are read in every form that is met",
    arguments: [
      ("2025:01:14 18:31:30", "", nil), ("2025:01:14 18:31:30+0000", "", 0),
      ("2025:01:14 18:31:30Z", "", 0), ("2025:01:14 18:31:30.123", "", nil),
      ("2025:01:14 18:31:30.123-05:30", "", -19_800), ("2025-01-14T18:31:30+08:00", "", 28_800),
      ("2025/01/14 18:31:30", "", nil), ("2025.01.14 18:31:30", "", nil),
      ("2025:01:14 18:31:30", "+08:00", 28_800), ("2025:01:14 18:31:30Z", "-03:00", -10_800),
    ] as [(String, String, Int?)])
  func readsDates(_ text: String, _ zone: String, _ seconds: Int?) throws {
    let date = try #require(Self.date(text, zone: zone))
    #expect((date.year, date.month, date.day) == (2025, 1, 14))
    #expect((date.hour, date.minute, date.second) == (18, 31, 30))
    #expect(date.timeZone?.secondsFromGMT() == seconds)
  }

  @Test(
    "dates that do not exist are none",
    arguments: [
      "2024:02:30 10:00:00", "2023:02:29 10:00:00", "1900:02:29 10:00:00", "2024:04:31 10:00:00",
      "2024:13:01 10:00:00", "2024:00:01 10:00:00", "0000:00:00 00:00:00", "    :  :     :  :  ",
      "2024:05:01 24:00:00", "2024:05:01 10:60:00", "2024:05", "-024:05:01 10:11:12", "", "2024",
    ])
  func refusesDates(_ text: String) {
    #expect(Self.date(text) == nil)
  }

  @Test("the 29th of February is a date in leap years")
  func leapYears() {
    #expect(Self.date("2024:02:29 10:00:00") != nil && Self.date("2000:02:29 10:00:00") != nil)
  }

  /// What is read of a JPEG with this date, and zone in a tag of its own.
  private static func date(_ text: String, zone: String = "") -> DateComponents? {
    func entry(_ tag: UInt16, _ type: UInt16, _ count: Int, _ value: Int) -> [UInt8] {
      [UInt8(tag & 255), UInt8(tag >> 8), UInt8(type), 0] + little(count) + little(value)
    }
    func little(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(value >> (8 * $0) & 255) } }
    // The texts are longer than the four bytes of an entry, or padded to be.
    let texts = [text, zone].map { Array($0.utf8) + [UInt8](repeating: 0, count: 8) }
    var block = Array("II*\0".utf8) + little(8) + [1, 0]
    block += entry(0x8769, 4, 1, 26) + little(0)
    block += [2, 0] + entry(0x9003, 2, texts[0].count, 56)
    block += entry(0x9011, 2, texts[1].count, 56 + texts[0].count) + little(0)
    block += texts[0] + texts[1]
    let segment = Array("Exif\0\0".utf8) + block
    let length = segment.count + 2
    let plain = Fixtures.data("grey.jpg")
    let head = Data([0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + segment)
    return ImageMetadata(of: plain.prefix(2) + head + plain.dropFirst(2)).dateTaken
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
