import CLIPImages
import Foundation

/// Pictures with smooth shades, edges and texture, made by formula.
enum Scene {
  static func photograph(width: Int, height: Int) throws -> RGBImage {
    var random = AugmentationRandom(seed: 3, epoch: 0, sample: 0)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(width * height * 3)
    for y in 0..<height {
      for x in 0..<width {
        let (u, v) = (Double(x) / Double(width), Double(y) / Double(height))
        let shade = 0.5 + 0.3 * sin(7 * u + 3 * v) + 0.15 * sin(90 * u * v)
        let disc = (u - 0.6) * (u - 0.6) + (v - 0.4) * (v - 0.4) < 0.04 ? 0.35 : 0
        let noise = Double(random.next() % 17) / 255
        for tint in [1.0, 0.8, 0.6] {
          pixels.append(UInt8(min(max((shade * tint + disc + noise) * 255, 0), 255)))
        }
      }
    }
    return try RGBImage(width: width, height: height, pixels: pixels)
  }
}
