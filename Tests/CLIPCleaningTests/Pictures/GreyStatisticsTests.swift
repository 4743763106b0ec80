import CLIPCleaning
import CLIPImages
import Foundation
import Testing

struct GreyStatisticsTests {
  private struct Picture: Decodable {
    let width: Int
    let height: Int
    let channels: Int
    let pixels: Data
    let deviation: Double
    let sharpness: Double
    let entropy: Double
  }

  @Test("deviation, variance of the Laplacian and entropy are OpenCV's and NumPy's")
  func peers() throws {
    for picture in try Fixture.json("grey.json", as: [Picture].self) {
      let pixels = Array(picture.pixels)
      let found =
        picture.channels == 1
        ? GreyStatistics(pixels, width: picture.width, height: picture.height)
        : GreyStatistics(
          DecodedImage(
            try RGBImage(width: picture.width, height: picture.height, pixels: pixels)))
      #expect(abs(found.deviation - picture.deviation) < 1e-9)
      #expect(abs(found.sharpness - picture.sharpness) < 1e-6)
      #expect(abs(found.entropy - picture.entropy) < 1e-9)
    }
  }
}
