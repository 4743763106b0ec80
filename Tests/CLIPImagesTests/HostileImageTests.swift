import CLIPImages
import Foundation
import Testing

@Suite("Hostile pictures")
struct HostileImageTests {
  /// What a crash, a hang or unbounded memory would end; errors and odd pixels are both fine.
  private func survives(_ data: Data) {
    let decoder = ImageDecoder(maximumPixels: 4_000_000)
    _ = try? ImagePreprocessor(size: 8, decoder: decoder)(data)
    _ = ImageMetadata(of: data)
  }

  @Test("a file cut off at any byte is an error or complete", arguments: Fixtures.all.pictures)
  func survivesTruncation(_ fixture: Fixtures.Picture) throws {
    let data = Fixtures.data(fixture.name)
    let preprocessor = ImagePreprocessor(size: 8)
    let whole = try preprocessor(data)
    var refused = 0
    for count in 0..<data.count {
      _ = ImageMetadata(of: data.prefix(count))
      do {
        let image = try preprocessor(data.prefix(count))
        // What is missing was not needed for the first picture, or was only its turn.
        if count < data.count / 2 { #expect((image.width, whole.width) == (8, 8)) }
      } catch {
        refused += 1
        #expect(error.description.hasSuffix("."))
      }
    }
    #expect(refused > data.count / 4, "only \(refused) of \(data.count) prefixes were refused")
  }

  @Test("a JPEG without its last scan lines is refused, as by Pillow")
  func refusesTruncatedJPEG() throws {
    for name in ["baseline-420.jpg", "progressive.jpg", "cmyk.jpg"] {
      let data = Fixtures.data(name)
      let error = #expect(throws: ImageError.self) {
        try ImageDecoder().decode(data.prefix(data.count * 9 / 10))
      }
      guard case .truncated(.jpeg, _) = error else {
        Issue.record("\(name): \(String(describing: error))")
        continue
      }
    }
  }

  @Test("flipped bits never crash", arguments: Fixtures.all.pictures)
  func survivesFlippedBits(_ fixture: Fixtures.Picture) {
    let data = Fixtures.data(fixture.name)
    var random = AugmentationRandom(seed: 11, epoch: 0, sample: data.count)
    for _ in 0..<300 {
      var damaged = data
      for _ in 0...Int(random.next() % 3) {
        damaged[Int(random.next() % UInt64(data.count))] ^= 1 << UInt8(random.next() % 8)
      }
      survives(damaged)
    }
  }

  @Test("damage in the headers never crashes", arguments: Fixtures.all.pictures)
  func survivesDamagedHeaders(_ fixture: Fixtures.Picture) {
    let data = Fixtures.data(fixture.name)
    for position in 0..<min(data.count, 200) {
      for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
        var damaged = data
        damaged[position] = value
        survives(damaged)
      }
    }
  }

  @Test("small files that claim to be huge are refused before memory is asked for")
  func refusesBombs() throws {
    // Sides written into the headers of tiny files: 12,000 x 12,000 is within the limit.
    var png = Fixtures.data("rgb.png")
    for (offset, value) in zip(16..<24, [0, 0, 0x2E, 0xE0, 0, 0, 0x2E, 0xE0] as [UInt8]) {
      png[offset] = value
    }
    var jpeg = Fixtures.data("baseline-420.jpg")
    let frame = try #require(jpeg.firstRange(of: Data([0xFF, 0xC0]))).lowerBound
    for (offset, value) in zip((frame + 5)..<(frame + 9), [0x2E, 0xE0, 0x2E, 0xE0] as [UInt8]) {
      jpeg[offset] = value
    }
    var bmp = Fixtures.data("rgb.bmp")
    for (offset, value) in zip(18..<26, [0xE0, 0x2E, 0, 0, 0xE0, 0x2E, 0, 0] as [UInt8]) {
      bmp[offset] = value
    }
    for bomb in [jpeg, bmp] {
      let error = #expect(throws: ImageError.self) { try ImageDecoder().decode(bomb) }
      guard case .truncated = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
    // The header's checksum is wrong now: damaged, not truncated.
    #expect(throws: ImageError.self) { try ImageDecoder().decode(png) }
  }
}
