package import CLIPImages
import Foundation

/// A short description of a picture that hardly changes when it is scaled, recompressed or slightly edited.
///
/// Two parts must agree: a perceptual hash (signs of the low frequencies of the grey picture, as in
/// pHash by Zauner, 2010), and the mean colours of an 8 × 8 grid, because a hash of 64 signs takes many
/// drawings on plain ground for one.
package struct PictureFingerprint: Sendable, Equatable {
  /// 64 signs, row by row, the constant part left out.
  package let hash: UInt64
  /// Mean colours of the cells of an 8 × 8 grid, RGB.
  package let colors: [UInt8]

  private static let side = 32
  private static let frequencies = 8
  /// Bits of the hash that may differ.
  static let maximumDistance = 6
  /// Mean difference of the colours that is still equal, of 255.
  private static let maximumColorDifference = 8

  /// A description that was made before.
  package init(hash: UInt64, colors: [UInt8]) {
    self.hash = hash
    self.colors = colors
  }

  /// Describes a picture.
  package init(_ image: RGBImage) {
    let gray = Self.cellMeans(image, side: Self.side).map { cell in
      0.299 * cell.0 + 0.587 * cell.1 + 0.114 * cell.2
    }
    colors = Self.cellMeans(image, side: 8).flatMap { cell in
      [cell.0, cell.1, cell.2].map { UInt8(clamping: Int($0.rounded())) }
    }
    hash = Self.hash(gray)
  }

  /// Whether another picture is nearly the same.
  package func nearlyEquals(_ other: PictureFingerprint) -> Bool {
    guard (hash ^ other.hash).nonzeroBitCount <= Self.maximumDistance else { return false }
    let difference = zip(colors, other.colors).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
    return difference <= Self.maximumColorDifference * colors.count
  }

  /// Mean colour of every cell of a grid over the picture.
  private static func cellMeans(_ image: RGBImage, side: Int) -> [(Double, Double, Double)] {
    var cells: [(Double, Double, Double)] = []
    cells.reserveCapacity(side * side)
    image.pixels.withUnsafeBufferPointer { pixels in
      for row in 0..<side {
        let rows = cell(row, of: side, in: image.height)
        for column in 0..<side {
          let columns = cell(column, of: side, in: image.width)
          var (red, green, blue) = (0, 0, 0)
          for y in rows {
            for x in columns {
              let place = 3 * (y * image.width + x)
              red += Int(pixels[place])
              green += Int(pixels[place + 1])
              blue += Int(pixels[place + 2])
            }
          }
          let count = Double(rows.count * columns.count)
          cells.append((Double(red) / count, Double(green) / count, Double(blue) / count))
        }
      }
    }
    return cells
  }

  /// The pixels of a cell; at least one, also where cells outnumber pixels.
  private static func cell(_ index: Int, of count: Int, in length: Int) -> Range<Int> {
    let lower = min(length - 1, index * length / count)
    return lower..<max(lower + 1, (index + 1) * length / count)
  }

  /// Signs of the low frequencies against their median.
  private static func hash(_ gray: [Double]) -> UInt64 {
    // Frequencies 1 ... 8 in both directions: the constant part says nothing about the shape.
    var rows = [Double](repeating: 0, count: side * frequencies)
    for y in 0..<side {
      for frequency in 0..<frequencies {
        var sum = 0.0
        for x in 0..<side { sum += gray[y * side + x] * basis[frequency * side + x] }
        rows[y * frequencies + frequency] = sum
      }
    }
    var spectrum: [Double] = []
    for vertical in 0..<frequencies {
      for horizontal in 0..<frequencies {
        var sum = 0.0
        for y in 0..<side { sum += rows[y * frequencies + horizontal] * basis[vertical * side + y] }
        spectrum.append(sum)
      }
    }
    let median = spectrum.sorted()[spectrum.count / 2]
    return spectrum.reduce(0) { $0 << 1 | ($1 > median ? 1 : 0) }
  }

  /// Cosines of the discrete cosine transform, frequency by frequency.
  private static let basis: [Double] = (1...frequencies).flatMap { frequency in
    (0..<side).map { cos(.pi / Double(side) * (Double($0) + 0.5) * Double(frequency)) }
  }
}
