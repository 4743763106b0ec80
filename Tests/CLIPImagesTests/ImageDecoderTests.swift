import CLIPImages
import Foundation
import Testing

@Suite("Decoding")
struct ImageDecoderTests {
  @Test("every format and mode decodes to Pillow's pixels", arguments: Fixtures.all.pictures)
  func decodesAsPillow(_ fixture: Fixtures.Picture) throws {
    let image = try ImageDecoder().decode(Fixtures.data(fixture.name))
    #expect(image.mode.rawValue == fixture.mode)
    #expect((image.width, image.height) == (fixture.width, fixture.height))
    let difference = Difference(image.convertedToRGB().pixels, Fixtures.expected(fixture.rgb))
    #expect(difference.largest == 0, "\(difference)")
  }

  @Test("the header says format, mode and upright size", arguments: Fixtures.all.pictures)
  func readsHeader(_ fixture: Fixtures.Picture) throws {
    let header = try ImageDecoder().header(of: Fixtures.data(fixture.name))
    #expect(header.mode.rawValue == fixture.mode)
    #expect((header.width, header.height) == (fixture.width, fixture.height))
    let extensions: [ImageFormat: String] = [
      .jpeg: "jpg", .png: "png", .webp: "webp", .gif: "gif", .bmp: "bmp", .tiff: "tif",
    ]
    #expect(fixture.name.hasSuffix("." + extensions[header.format, default: "?"]))
  }

  @Test("ignoring orientation leaves the stored pixels", arguments: 2...8)
  func ignoresOrientation(_ orientation: Int) throws {
    let decoder = ImageDecoder(orientation: .ignore)
    let stored = try decoder.decode(Fixtures.data("orientation-1.jpg"))
    let image = try decoder.decode(Fixtures.data("orientation-\(orientation).jpg"))
    #expect(image == stored)
    let turned = try ImageDecoder().decode(Fixtures.data("orientation-\(orientation).jpg"))
    #expect(turned != stored)
    #expect(turned == stored.turned(try #require(ImageOrientation(rawValue: orientation))))
  }

  @Test("TIFF is turned even when orientation is ignored, as Pillow does on loading")
  func turnsTIFF() throws {
    let data = Fixtures.data("orientation-6.tif")
    #expect(try ImageDecoder(orientation: .ignore).decode(data) == ImageDecoder().decode(data))
  }

  @Test("the limit on pixels holds for every format", arguments: Fixtures.all.pictures)
  func limitsPixels(_ fixture: Fixtures.Picture) throws {
    let data = Fixtures.data(fixture.name)
    let pixels = fixture.width * fixture.height
    _ = try ImageDecoder(maximumPixels: pixels).decode(data)
    let error = #expect(throws: ImageError.self) {
      try ImageDecoder(maximumPixels: pixels - 1).decode(data)
    }
    guard pixels > 1 else { return }
    guard case .tooLarge = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("reduced JPEG keeps at least twice the target and is close to the exact result")
  func reduces() throws {
    let photograph = try Scene.photograph(width: 1024, height: 768)
    let data = try PictureWriter.jpeg(photograph, quality: 92)
    let exact = try ImagePreprocessor(size: 64)(data)
    let reducing = ImageDecoder(reduction: .upTo(targetSide: 64))
    let reduced = try ImagePreprocessor(size: 64, decoder: reducing)(data)
    let byModel = ImageDecoder(reduction: .toModelSize)
    #expect(try ImagePreprocessor(size: 64, decoder: byModel)(data) == reduced)
    #expect(try byModel.decode(data).width == 1024)
    let decoded = try reducing.decode(data)
    #expect((decoded.width, decoded.height) == (256, 192))
    let difference = Difference(reduced.pixels, exact.pixels)
    #expect(difference.largest > 0 && difference.largest <= 24, "\(difference)")
    #expect(difference.mean <= 1, "\(difference)")
  }

  @Test("reduction leaves pictures alone that are not large enough")
  func doesNotReduceSmallPictures() throws {
    let data = Fixtures.data("baseline-420.jpg")
    let decoder = ImageDecoder(reduction: .upTo(targetSide: 14))
    #expect(try decoder.decode(data) == ImageDecoder().decode(data))
  }

  @Test("bytes that are no picture are refused with a sentence")
  func refusesOtherBytes() {
    #expect(throws: ImageError.empty) { try ImageDecoder().decode(Data()) }
    #expect(throws: ImageError.unknownFormat) { try ImageDecoder().decode(Data("hello".utf8)) }
    #expect(ImageError.unknownFormat.description.hasSuffix("."))
  }

  @Test("a slice of data decodes like a copy of it")
  func decodesSlices() throws {
    let data = Fixtures.data("rgb.png")
    let slice = (Data([1, 2, 3]) + data)[3...]
    #expect(try ImageDecoder().decode(slice) == ImageDecoder().decode(data))
  }
}
