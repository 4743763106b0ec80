import Foundation

/// A random rectangle of a picture, to be squashed to a square (Szegedy et al., *Going deeper with
/// convolutions*, arXiv 1409.4842; timm's `RandomResizedCropAndInterpolation`).
struct RandomResizedCrop {
  /// Part of the picture's area.
  var area: ClosedRange<Double>
  /// Width over height.
  var aspect: ClosedRange<Double>

  /// Ten attempts; when none fits, the middle of the picture with the nearest allowed aspect.
  func rectangle(
    width: Int, height: Int, using random: inout some RandomNumberGenerator
  ) -> PixelRectangle {
    let logarithms = log(aspect.lowerBound)...log(aspect.upperBound)
    for _ in 0..<10 {
      let target = random.uniform(in: area) * Double(width) * Double(height)
      let ratio = exp(random.uniform(in: logarithms))
      let size = (
        width: (target * ratio).squareRoot().rounded(.toNearestOrEven),
        height: (target / ratio).squareRoot().rounded(.toNearestOrEven)
      )
      guard size.width >= 1, size.height >= 1, size.width <= Double(width),
        size.height <= Double(height)
      else { continue }
      let (cropWidth, cropHeight) = (Int(size.width), Int(size.height))
      let y = random.index(below: height - cropHeight + 1)
      let x = random.index(below: width - cropWidth + 1)
      return PixelRectangle(x: x, y: y, width: cropWidth, height: cropHeight)
    }
    return center(width: width, height: height)
  }

  private func center(width: Int, height: Int) -> PixelRectangle {
    let ratio = Double(width) / Double(height)
    var (cropWidth, cropHeight) = (width, height)
    if ratio < aspect.lowerBound {
      cropHeight = Int((Double(width) / aspect.lowerBound).rounded(.toNearestOrEven))
    } else if ratio > aspect.upperBound {
      cropWidth = Int((Double(height) * aspect.upperBound).rounded(.toNearestOrEven))
    }
    cropWidth = min(max(1, cropWidth), width)
    cropHeight = min(max(1, cropHeight), height)
    return PixelRectangle(
      x: (width - cropWidth) / 2, y: (height - cropHeight) / 2, width: cropWidth,
      height: cropHeight)
  }
}
