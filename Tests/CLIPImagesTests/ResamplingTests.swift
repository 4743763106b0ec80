import CLIPImages
import Foundation
import Testing

@Suite("Resampling")
struct ResamplingTests {
  @Test("every filter, size and crop equals Pillow", arguments: Fixtures.all.resizes)
  func resizesAsPillow(_ fixture: Fixtures.Resize) throws {
    let image = try ImageDecoder().decode(Fixtures.data(fixture.name))
    let box = fixture.crop
    let crop =
      box.isEmpty
      ? nil : PixelRectangle(x: box[0], y: box[1], width: box[2] - box[0], height: box[3] - box[1])
    let result = try image.resized(
      width: fixture.width, height: fixture.height, filter: fixture.filter, crop: crop)
    #expect(result.mode == image.mode)
    let difference = Difference(
      result.convertedToRGB().pixels, Fixtures.expected(fixture.rgb))
    #expect(difference.largest == 0, "\(difference)")
  }

  @Test("the same size leaves every sample, even under transparency")
  func keepsSameSize() throws {
    let image = try ImageDecoder().decode(Fixtures.data("rgba.png"))
    #expect(try image.resized(width: image.width, height: image.height) == image)
  }

  @Test("a constant picture stays constant at any size")
  func keepsConstants() throws {
    let image = try RGBImage(width: 31, height: 7, pixels: Array(repeating: 200, count: 31 * 7 * 3))
    for filter in ResamplingFilter.allCases {
      for (width, height) in [(1, 1), (3, 50), (100, 2), (64, 64)] {
        let resized = try image.resized(width: width, height: height, filter: filter)
        #expect(resized.pixels.allSatisfy { $0 == 200 })
      }
    }
  }

  @Test("a crop outside of the picture is refused")
  func refusesWrongCrops() throws {
    let image = try ImageDecoder().decode(Fixtures.data("rgb.png"))
    let crops = [
      PixelRectangle(x: -1, y: 0, width: 3, height: 3),
      PixelRectangle(x: 0, y: 0, width: 30, height: 3),
      PixelRectangle(x: 20, y: 0, width: 10, height: 3),
      PixelRectangle(x: 0, y: 0, width: 0, height: 3),
      PixelRectangle(x: Int.max, y: 0, width: Int.max, height: 3),
    ]
    for crop in crops {
      #expect(throws: ImageError.self) { try image.resized(width: 4, height: 4, crop: crop) }
    }
  }

  @Test("an absurd size is an error and not an attempt")
  func refusesAbsurdSizes() throws {
    let image = try ImageDecoder().decode(Fixtures.data("rgb.png"))
    #expect(throws: ImageError.self) { try image.resized(width: Int.max, height: 2) }
    #expect(throws: ImageError.self) { try image.resized(width: 1 << 28, height: 1 << 28) }
  }
}
