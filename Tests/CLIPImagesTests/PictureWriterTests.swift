import CLIPImages
import Foundation
import Testing

@Suite("Encoding and thumbnails")
struct PictureWriterTests {
  private let image: RGBImage

  init() throws { image = try Scene.photograph(width: 61, height: 43) }

  @Test("PNG keeps every sample")
  func writesPNG() throws {
    for compression in [0, 6, 9] {
      let data = try PictureWriter.png(image, compression: compression)
      #expect(try ImageDecoder().decode(data).convertedToRGB() == image)
    }
  }

  @Test("JPEG keeps the picture within its quality")
  func writesJPEG() throws {
    let fine = try PictureWriter.jpeg(image, quality: 98)
    let coarse = try PictureWriter.jpeg(image, quality: 30)
    #expect(fine.count > coarse.count)
    let decoded = try ImageDecoder().decode(fine).convertedToRGB()
    let difference = Difference(decoded.pixels, image.pixels)
    #expect(difference.mean < 4, "\(difference)")
  }

  @Test("qualities and levels outside of their ranges are refused")
  func refusesParameters() {
    #expect(throws: ImageError.self) { try PictureWriter.jpeg(image, quality: 0) }
    #expect(throws: ImageError.self) { try PictureWriter.png(image, compression: 10) }
  }

  @Test("samples that do not fit the size are refused")
  func refusesWrongCounts() {
    #expect(throws: ImageError.self) { try RGBImage(width: 2, height: 2, pixels: [1, 2, 3]) }
    #expect(throws: ImageError.self) { try RGBImage(width: 0, height: 0, pixels: []) }
    #expect(throws: ImageError.self) { try RGBImage(width: Int.max, height: 2, pixels: []) }
  }

  @Test("a thumbnail fits its square, upright, proportions kept")
  func makesThumbnails() throws {
    let decoder = ImageDecoder()
    let turned = try decoder.thumbnail(of: Fixtures.data("orientation-6.jpg"), fittingWithin: 10)
    #expect((turned.width, turned.height) == (7, 10))
    let small = try decoder.thumbnail(of: Fixtures.data("rgb.png"), fittingWithin: 100)
    #expect((small.width, small.height) == (29, 19))
    let large = try decoder.thumbnail(
      of: PictureWriter.jpeg(try Scene.photograph(width: 800, height: 100)), fittingWithin: 64)
    #expect((large.width, large.height) == (64, 8))
    #expect(ImageDecoder.size(width: 5000, height: 1, fittingWithin: 100) == (100, 1))
  }

  @Test("transparency shows white in thumbnails and nowhere else")
  func flattens() throws {
    let data = Fixtures.data("small-frame.gif")
    let thumbnail = try ImageDecoder().thumbnail(of: data, fittingWithin: 100)
    #expect(thumbnail.pixels.prefix(3) == [255, 255, 255])
    let seen = try ImagePreprocessor(size: 100)(data)
    #expect(seen.pixels.prefix(3) != [255, 255, 255])
  }
}
