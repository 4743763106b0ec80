package import CLIPImages
import Foundation

/// Numbers of a picture's brightness.
package struct GreyStatistics: Sendable, Equatable {
  /// Standard deviation of the brightness, of 255.
  package let deviation: Double
  /// Variance of the Laplacian: OpenCV's `Laplacian(grey, CV_64F).var()`.
  package let sharpness: Double
  /// Bits of the histogram of brightness, 0 to 8.
  package let entropy: Double

  package init(_ image: DecodedImage) {
    self.init(Self.grey(image), width: image.width, height: image.height)
  }

  /// - Parameters:
  ///   - grey: `width · height` brightnesses, row by row.
  ///   - width: pixels in a row.
  ///   - height: number of rows.
  package init(_ grey: [UInt8], width: Int, height: Int) {
    var histogram = [Int](repeating: 0, count: 256)
    var (sum, squares) = (0, 0)
    grey.withUnsafeBufferPointer { grey in
      for y in 0..<height {
        // Beyond the edge the picture is mirrored without repeating it (BORDER_REFLECT_101).
        let above = (y > 0 ? y - 1 : min(1, height - 1)) * width
        let below = (y < height - 1 ? y + 1 : max(0, height - 2)) * width
        let row = y * width
        for x in 0..<width {
          let value = Int(grey[row + x])
          histogram[value] += 1
          let left = Int(grey[row + (x > 0 ? x - 1 : min(1, width - 1))])
          let right = Int(grey[row + (x < width - 1 ? x + 1 : max(0, width - 2))])
          let laplacian = left + right + Int(grey[above + x]) + Int(grey[below + x]) - 4 * value
          sum += laplacian
          squares += laplacian * laplacian
        }
      }
    }
    let count = Double(grey.count)
    let mean = Double(sum) / count
    sharpness = max(0, Double(squares) / count - mean * mean)
    var (brightness, brightnessSquares, bits) = (0, 0, 0.0)
    for (value, pixels) in histogram.enumerated() where pixels > 0 {
      brightness += value * pixels
      brightnessSquares += value * value * pixels
      let share = Double(pixels) / count
      bits -= share * log2(share)
    }
    let middle = Double(brightness) / count
    deviation = max(0, Double(brightnessSquares) / count - middle * middle).squareRoot()
    entropy = max(0, bits)
  }

  /// The picture in grey: as it is where it is grey, by OpenCV's weights (ITU-R BT.601) from RGB.
  private static func grey(_ image: DecodedImage) -> [UInt8] {
    if image.mode == .grey { return image.pixels }
    let colours = image.convertedToRGB().pixels
    return [UInt8](unsafeUninitializedCapacity: colours.count / 3) { grey, count in
      colours.withUnsafeBufferPointer { colours in
        for pixel in 0..<colours.count / 3 {
          let red = 9798 * Int(colours[3 * pixel])
          let green = 19_235 * Int(colours[3 * pixel + 1])
          let blue = 3735 * Int(colours[3 * pixel + 2])
          grey[pixel] = UInt8((red + green + blue + 16_384) >> 15)
        }
      }
      count = colours.count / 3
    }
  }
}
