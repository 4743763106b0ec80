import CLIPImages
import Foundation
import Testing

@Suite("Preprocessing")
struct ImagePreprocessorTests {
  @Test(
    "resizing in the native mode, then converting, equals Pillow",
    arguments: Fixtures.all.pictures)
  func resizesFirst(_ fixture: Fixtures.Picture) throws {
    let preprocessor = ImagePreprocessor(size: Fixtures.all.side)
    let result = try preprocessor(Fixtures.data(fixture.name))
    let difference = Difference(result.pixels, Fixtures.expected(fixture.resized))
    #expect(difference.largest == 0, "\(difference)")
  }

  @Test("converting first, then resizing, equals Pillow", arguments: Fixtures.all.pictures)
  func convertsFirst(_ fixture: Fixtures.Picture) throws {
    let preprocessor = ImagePreprocessor(size: Fixtures.all.side, order: .convertFirst)
    let result = try preprocessor(Fixtures.data(fixture.name))
    let difference = Difference(result.pixels, Fixtures.expected(fixture.converted))
    #expect(difference.largest == 0, "\(difference)")
  }

  @Test("crops and squares on a ground equal Pillow", arguments: Fixtures.all.fits)
  func fits(_ fixture: Fixtures.Fit) throws {
    let data = Fixtures.data(fixture.name)
    for (order, span) in [(.resizeFirst, fixture.native), (.convertFirst, fixture.converted)]
      as [(ConversionOrder, Fixtures.Span?)]
    {
      guard let span else { continue }
      let preprocessor = ImagePreprocessor(
        size: Fixtures.all.side, order: order, fit: fixture.fit.fit, filter: fixture.filter)
      let result = try preprocessor(data)
      let difference = Difference(result.pixels, Fixtures.expected(span))
      #expect(difference.largest == 0, "\(order): \(difference)")
      #expect(try preprocessor(ImageDecoder().decode(data)) == result)
    }
  }

  @Test("a crop that is larger than what it is taken from, and a monstrous square, are sentences")
  func impossibleFits() throws {
    let crop = PictureFit.centerCrop(shorterSide: 7, rounding: .down)
    #expect {
      try ImagePreprocessor(size: 8, fit: crop)(Fixtures.data("rgb.png"))
    } throws: {
      "\($0)".contains("8 pixels cannot be cropped from 7")
    }
    let decoder = ImageDecoder(maximumPixels: 1_500)
    let image = try RGBImage(
      width: 1, height: 1_000, pixels: [UInt8](repeating: 9, count: 3_000))
    let pad = ImagePreprocessor(
      size: 8, decoder: decoder, fit: .padToSquare(brightness: 0))
    #expect {
      try pad(DecodedImage(image))
    } throws: {
      "\($0)".contains("the square around 1 x 1000 pixels has more than 1500")
    }
  }

  @Test(
    "one reading gives the pixels, the header and the metadata", arguments: Fixtures.all.pictures)
  func inspects(_ fixture: Fixtures.Picture) throws {
    let data = Fixtures.data(fixture.name)
    for preprocessor in [
      ImagePreprocessor(size: 8), ImagePreprocessor(size: 8, fit: .padToSquare(brightness: 0)),
      ImagePreprocessor(
        size: 8, decoder: ImageDecoder(orientation: .ignore, reduction: .toModelSize)),
    ] {
      let (image, source) = try preprocessor.inspecting(data)
      #expect(try image == preprocessor(data))
      #expect(try source?.header == ImageDecoder().header(of: data))
      #expect(source?.metadata == ImageMetadata(of: data))
    }
  }

  @Test("rows on the fly give the bits of a decoded picture", arguments: Fixtures.all.pictures)
  func streams(_ fixture: Fixtures.Picture) throws {
    let data = Fixtures.data(fixture.name)
    for size in [1, 5, 40] {
      let preprocessor = ImagePreprocessor(size: size)
      #expect(try preprocessor(data) == preprocessor(ImageDecoder().decode(data)))
    }
  }

  @Test(
    "a turned picture gives the bits of turning first, then resizing",
    arguments: ImageOrientation.allCases)
  func turnsExactly(_ orientation: ImageOrientation) throws {
    let data = Fixtures.data("orientation-\(orientation.rawValue).jpg")
    let stored = try ImageDecoder(orientation: .ignore).decode(data)
    for size in [3, 14, 23, 50] {
      let turnedFirst = try stored.turned(orientation).resized(width: size, height: size)
      #expect(try ImagePreprocessor(size: size)(data) == turnedFirst.convertedToRGB())
    }
  }

  @Test("many threads share one preprocessor")
  func runsInParallel() async throws {
    let preprocessor = ImagePreprocessor(size: 14)
    let data = Fixtures.data("progressive.jpg")
    let expected = try preprocessor(data)
    let results = await withTaskGroup(of: RGBImage?.self) { group in
      for _ in 0..<64 { group.addTask { try? preprocessor(data) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(results.count == 64)
    #expect(results.allSatisfy { $0 == expected })
  }

  @Test("a size of zero or less is refused with a sentence")
  func refusesEmptySizes() {
    let error = #expect(throws: ImageError.self) {
      try ImagePreprocessor(size: 0)(Fixtures.data("rgb.png"))
    }
    #expect(error?.description.contains("cannot become 0 x 0") == true)
    #expect(throws: ImageError.self) { try ImagePreprocessor(size: -1)(Fixtures.data("rgb.png")) }
  }
}
