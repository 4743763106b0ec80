import CLIPImages
import Foundation
import Testing

@Suite("Damaged pictures that every viewer shows")
struct DamagedImageTests {
  private static func named(_ ending: String) -> [Fixtures.Picture] {
    Fixtures.all.pictures.filter { $0.name.hasSuffix(ending) }
  }

  private func isTruncated(_ data: Data) -> Bool {
    do throws(ImageError) {
      _ = try ImageDecoder().decode(data)
      return false
    } catch {
      if case .truncated = error { return true }
      return false
    }
  }

  @Test("sound pictures have no warning", arguments: Fixtures.all.pictures)
  func soundPictures(_ fixture: Fixtures.Picture) throws {
    #expect(try ImageDecoder().decode(Fixtures.data(fixture.name)).warning == nil)
  }

  @Test("a JPEG without its end marker is whole, with a warning", arguments: named(".jpg"))
  func jpegWithoutEnd(_ fixture: Fixtures.Picture) throws {
    let data = Fixtures.data(fixture.name)
    let whole = try ImageDecoder().decode(data)
    for cut in 1...2 {
      let image = try ImageDecoder().decode(data.dropLast(cut))
      #expect(image.pixels == whole.pixels)
      #expect(try #require(image.warning).contains("end marker"))
    }
    let warning = try ImagePreprocessor(size: 14)(data.dropLast(2)).warning
    #expect(try #require(warning).hasSuffix("."))
  }

  @Test("a JPEG that ends within its last rows is read, one that ends earlier is not")
  func jpegCutOff() throws {
    let data = try PictureWriter.jpeg(try Scene.photograph(width: 512, height: 512), quality: 80)
    let image = try ImageDecoder().decode(data.dropLast(20))
    #expect(try #require(image.warning).contains("last rows"))
    #expect(isTruncated(data.prefix(data.count * 7 / 8)))
  }

  @Test("a progressive JPEG without its last scan is not taken for a whole one")
  func progressiveWithoutScan() throws {
    let data = Fixtures.data("progressive.jpg")
    let scan = try #require(data.lastRange(of: Data([0xFF, 0xDA]))).lowerBound
    #expect(isTruncated(data.prefix(upTo: scan)))
  }

  @Test("a PNG whose end is missing is whole, with a warning", arguments: named(".png"))
  func pngWithoutEnd(_ fixture: Fixtures.Picture) throws {
    let data = Fixtures.data(fixture.name)
    let whole = try ImageDecoder().decode(data)
    for cut in [2, 12] {
      let image = try ImageDecoder().decode(data.dropLast(cut))
      #expect(image.pixels == whole.pixels && image.warning != nil)
    }
  }

  @Test("a GIF cut by two bytes is whole", arguments: named(".gif"))
  func gifWithoutEnd(_ fixture: Fixtures.Picture) throws {
    let data = Fixtures.data(fixture.name)
    let whole = try ImageDecoder().decode(data)
    #expect(try ImageDecoder().decode(data.dropLast(2)).pixels == whole.pixels)
  }

  @Test("a bitmap cut by two bytes lacks a pixel, and is read with a warning")
  func bitmapCutOff() throws {
    let data = Fixtures.data("rgba.bmp")
    let whole = try ImageDecoder().decode(data)
    let image = try ImageDecoder().decode(data.dropLast(2))
    #expect(image.warning != nil)
    // The last pixel stored is the right end of the top row.
    let pixel = whole.width * 4
    #expect(image.pixels[..<(pixel - 4)] == whole.pixels[..<(pixel - 4)])
    #expect(image.pixels[pixel...] == whole.pixels[pixel...])
    #expect(isTruncated(data.dropLast(whole.width * 4 + 1)))
    // Padding of the last row that was left out is nothing to speak of.
    let padded = Fixtures.data("grey.bmp")
    #expect(try ImageDecoder().decode(padded.dropLast(2)).warning == nil)
  }

  @Test("a WebP cut by two bytes is read but for its last rows, with a warning")
  func webPCutOff() throws {
    let data = Fixtures.data("tall.webp")
    let whole = try ImageDecoder().decode(data)
    let image = try ImageDecoder().decode(data.dropLast(3))
    #expect(image.warning != nil)
    let rows = 370 * 16 * 4
    #expect(image.pixels[..<rows] == whole.pixels[..<rows])
    #expect(isTruncated(data.prefix(data.count / 2)))
  }

  @Test(
    "a TIFF cut by two bytes lacks a pixel, and is read with a warning",
    arguments: ["rgb.tif", "grey.tif", "cmyk.tif", "palette.tif"])
  func tiffCutOff(_ name: String) throws {
    let data = Fixtures.data(name)
    let whole = try ImageDecoder().decode(data)
    #expect(whole.warning == nil)
    let image = try ImageDecoder().decode(data.dropLast(2))
    #expect(image.warning != nil)
    let pixels = image.pixels.count - 2 * image.mode.bytesPerPixel
    #expect(image.pixels[..<pixels] == whole.pixels[..<pixels])
    #expect(throws: ImageError.self) {
      try ImageDecoder().decode(data.prefix(data.count * 3 / 4))
    }
  }

  @Test("later frames may be cut off or damaged: the first is shown")
  func laterFrames() throws {
    let webp = Fixtures.data("animated.webp")
    let whole = try ImageDecoder().decode(webp)
    let cut = try ImageDecoder().decode(webp.dropLast(20))
    #expect(cut.pixels == whole.pixels && cut.warning != nil)
    let second = try #require(webp.lastRange(of: Data("ANMF".utf8))).lowerBound
    var damaged = webp
    for position in (second + 8)..<(webp.count - 4) { damaged[position] = 0xFF }
    #expect(try ImageDecoder().decode(damaged).pixels == whole.pixels)

    let gif = Fixtures.data("animated.gif")
    let first = try ImageDecoder().decode(gif)
    var broken = gif
    for position in (gif.count - 300)..<gif.count { broken[position] = 0xFF }
    #expect(try ImageDecoder().decode(broken).pixels == first.pixels)
    #expect(try ImageDecoder().decode(gif.dropLast(200)).pixels == first.pixels)
  }

  @Test("CIE L*a*b* is shown as by Pillow")
  func lab() throws {
    let image = try ImageDecoder().decode(Fixtures.data("lab.tif"))
    let difference = Difference(
      image.convertedToRGB().pixels, Fixtures.expected(Fixtures.all.lab))
    // Nearly all samples are equal; an exact conversion would be off by 2, and libtiff by 17.
    #expect(difference.mean < 0.1, "\(difference)")
  }

  @Test("a few bytes do not become a gigabyte")
  func bombs() throws {
    // The WebP is lossless and of one colour, 16,383 x 10,900, in 40 bytes.
    let bytes: [UInt8] = [
      0x52, 0x49, 0x46, 0x46, 0x20, 0x00, 0x00, 0x00, 0x57, 0x45, 0x42, 0x50,
      0x56, 0x50, 0x38, 0x4C, 0x14, 0x00, 0x00, 0x00, 0x2F, 0xFE, 0xFF, 0xA4,
      0x0A, 0x07, 0x50, 0x81, 0x54, 0x08, 0x20, 0x00, 0x0A, 0x9A, 0xFE, 0xC7,
      0x88, 0x88, 0xFE, 0x07,
    ]
    #expect(isTruncated(Data(bytes)))
  }
}
