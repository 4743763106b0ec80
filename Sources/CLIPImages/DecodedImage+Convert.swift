import CImageCodecs

extension DecodedImage {
  /// The picture in RGB, as Pillow's `convert("RGB")`: alpha is dropped, not blended; CMYK is
  /// `white - ink * white / 255` with `white = 255 - black`.
  public func convertedToRGB() -> RGBImage {
    rgb(overWhite: false)
  }

  /// The picture in RGB with what is transparent shown on white, for people to look at.
  public func flattenedOnWhite() -> RGBImage {
    rgb(overWhite: true)
  }

  private func rgb(overWhite: Bool) -> RGBImage {
    var image = RGBImage(width, height, interleavedRGB(overWhite: overWhite))
    image.warning = warning
    return image
  }

  private func interleavedRGB(overWhite: Bool) -> [UInt8] {
    let count = width * height
    var colours = pixels
    var step = mode.bytesPerPixel
    if mode == .cmyk {
      cimage_cmyk_to_rgb(&colours, count)
    } else if mode == .palette {
      colours.append(contentsOf: repeatElement(0, count: count * 3))
      cimage_palette_to_rgba(&colours, count, palette)
      step = 4
    }
    let isGrey = step < 4
    let alphaOffset: Int? =
      switch mode {
      case .greyAlpha: 1
      case .rgba, .palette: 3
      default: nil
      }
    return [UInt8](unsafeUninitializedCapacity: count * 3) { result, initialized in
      colours.withUnsafeBufferPointer { source in
        for pixel in 0..<count {
          for channel in 0..<3 {
            result[3 * pixel + channel] = source[pixel * step + (isGrey ? 0 : channel)]
          }
          guard overWhite, let alphaOffset else { continue }
          let alpha = Int(source[pixel * step + alphaOffset])
          for channel in 0..<3 {
            let colour = Int(result[3 * pixel + channel])
            result[3 * pixel + channel] = UInt8((colour * alpha + 255 * (255 - alpha) + 127) / 255)
          }
        }
      }
      initialized = count * 3
    }
  }

  /// The picture turned upright, as Pillow's `ImageOps.exif_transpose`.
  public func turned(_ orientation: ImageOrientation) -> DecodedImage {
    guard orientation != .upright else { return self }
    let newWidth = orientation.swapsSides ? height : width
    let size = mode.bytesPerPixel
    let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { result, initialized in
      pixels.withUnsafeBufferPointer { source in
        // In tiles, so that both pictures stay in the cache where rows become columns.
        for tileY in stride(from: 0, to: height, by: 32) {
          for tileX in stride(from: 0, to: width, by: 32) {
            for y in tileY..<min(tileY + 32, height) {
              for x in tileX..<min(tileX + 32, width) {
                let across = orientation.reversesColumns ? width - 1 - x : x
                let down = orientation.reversesRows ? height - 1 - y : y
                let to =
                  orientation.swapsSides ? across * newWidth + down : down * newWidth + across
                let from = y * width + x
                for byte in 0..<size { result[to * size + byte] = source[from * size + byte] }
              }
            }
          }
        }
      }
      initialized = pixels.count
    }
    let newHeight = orientation.swapsSides ? width : height
    var image = DecodedImage(
      mode: mode, width: newWidth, height: newHeight, pixels: turned, palette: palette)
    image.warning = warning
    return image
  }
}
