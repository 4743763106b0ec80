/// A picture on which rectangles, other pictures and numbers can be put.
package struct Canvas {
  package let width: Int
  package let height: Int
  package private(set) var pixels: [UInt8]

  package init(width: Int, height: Int, color: Color) {
    self.width = width
    self.height = height
    pixels = [UInt8](repeating: 0, count: width * height * 3)
    fill(x: 0, y: 0, width: width, height: height, color)
  }

  /// Red, green and blue.
  package struct Color: Sendable {
    package let red: UInt8
    package let green: UInt8
    package let blue: UInt8

    package init(red: UInt8, green: UInt8, blue: UInt8) {
      (self.red, self.green, self.blue) = (red, green, blue)
    }
  }

  /// Fills a rectangle; what lies outside of the canvas is cut off.
  package mutating func fill(x: Int, y: Int, width: Int, height: Int, _ color: Color) {
    for row in max(0, y)..<max(0, min(y + height, self.height)) {
      for column in max(0, x)..<max(0, min(x + width, self.width)) {
        let place = (row * self.width + column) * 3
        pixels[place] = color.red
        pixels[place + 1] = color.green
        pixels[place + 2] = color.blue
      }
    }
  }

  /// Fills the points for which a rule holds.
  package mutating func fill(_ color: Color, where isInside: (_ x: Int, _ y: Int) -> Bool) {
    for row in 0..<height {
      for column in 0..<width where isInside(column, row) {
        let place = (row * width + column) * 3
        pixels[place] = color.red
        pixels[place + 1] = color.green
        pixels[place + 2] = color.blue
      }
    }
  }

  /// Mixes a colour in where there is ink: a share of 255 for each pixel of a rectangle; what lies
  /// outside of the canvas is cut off.
  package mutating func blend(_ color: Color, _ ink: [UInt8], x: Int, y: Int, width: Int) {
    let channels = [Int(color.red), Int(color.green), Int(color.blue)]
    for (index, share) in ink.enumerated() where share > 0 {
      let (row, column) = (y + index / width, x + index % width)
      guard (0..<height).contains(row), (0..<self.width).contains(column) else { continue }
      for channel in 0..<3 {
        let place = (row * self.width + column) * 3 + channel
        let mixed = Int(pixels[place]) * (255 - Int(share)) + channels[channel] * Int(share)
        pixels[place] = UInt8((mixed + 127) / 255)
      }
    }
  }

  /// Puts a picture on it, cut off at the edges.
  package mutating func draw(_ image: RGBImage, x: Int, y: Int) {
    let columns = max(0, min(image.width, width - x))
    guard x >= 0, y >= 0, columns > 0 else { return }
    for row in 0..<max(0, min(image.height, height - y)) {
      let from = row * image.width * 3
      let to = ((y + row) * width + x) * 3
      pixels.replaceSubrange(
        to..<to + columns * 3, with: image.pixels[from..<from + columns * 3])
    }
  }
}

/// Digits and a few signs of five by seven dots, so that numbers need no font.
package enum DotDigits {
  package static let advance = 6
  package static let height = 7

  private static let dots: [Character: [UInt8]] = [
    "0": [14, 17, 19, 21, 25, 17, 14], "1": [4, 12, 4, 4, 4, 4, 14], "2": [14, 17, 1, 2, 4, 8, 31],
    "3": [31, 2, 4, 2, 1, 17, 14], "4": [2, 6, 10, 18, 31, 2, 2], "5": [31, 16, 30, 1, 1, 17, 14],
    "6": [6, 8, 16, 30, 17, 17, 14], "7": [31, 1, 2, 4, 8, 8, 8],
    "8": [14, 17, 17, 14, 17, 17, 14],
    "9": [14, 17, 17, 15, 1, 2, 12], ".": [0, 0, 0, 0, 0, 12, 12], "-": [0, 0, 0, 31, 0, 0, 0],
    "%": [24, 25, 2, 4, 8, 19, 3], " ": [0, 0, 0, 0, 0, 0, 0],
  ]

  /// Writes a text at twice its size.
  package static func draw(
    _ text: String, on canvas: inout Canvas, x: Int, y: Int, _ color: Canvas.Color
  ) {
    for (place, character) in text.enumerated() {
      for (row, bits) in (dots[character] ?? []).enumerated() {
        for column in 0..<5 where bits & (16 >> UInt8(column)) != 0 {
          canvas.fill(
            x: x + (place * advance + column) * 2, y: y + row * 2, width: 2, height: 2, color)
        }
      }
    }
  }
}
