import CLIPImages
import Foundation

/// Pictures, and what cameras write into them.
extension FuzzTarget {
  static let pictures: [FuzzTarget] =
    ImageFormat.allCases.map { format in
      FuzzTarget(format.rawValue.lowercased()) { bytes in
        let data = Data(bytes)
        guard ImageFormat(signatureOf: data) == format else { return }
        try decode(data)
      }
    } + [
      FuzzTarget("exif") { bytes in
        // A camera's block in the first segment of a JPEG; its length is two bytes.
        let block = bytes.prefix(65_525)
        let length = block.count + 8
        var jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 0xFF)]
        jpeg += Array("Exif\0\0".utf8)
        jpeg += block
        check(ImageMetadata(of: Data(jpeg)))
        check(ImageMetadata(of: Data(bytes)))
      }
    ]

  /// Small enough for thousands of inputs a second.
  private static let decoder = ImageDecoder(maximumPixels: 1 << 20)

  private static func decode(_ data: Data) throws {
    check(ImageMetadata(of: data))
    let image = try decoder.decode(data)
    expect(
      image.pixels.count == image.width * image.height * image.mode.bytesPerPixel
        && image.width > 0 && image.height > 0)
    var reduced = decoder
    reduced.reduction = .upTo(targetSide: 8)
    _ = try ImagePreprocessor(size: 16, decoder: reduced)(data)
  }

  private static func check(_ metadata: ImageMetadata) {
    expect((-90...90).contains(metadata.latitude ?? 0))
    expect((-180...180).contains(metadata.longitude ?? 0))
    expect((metadata.altitude ?? 0).isFinite)
  }
}
