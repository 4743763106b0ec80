public import Foundation

/// Decodes pictures from memory, within limits.
///
/// A value with settings only: it may be used from any number of threads.
public struct ImageDecoder: Sendable, Hashable {
  /// What becomes of the orientation that a camera wrote into the file.
  public enum OrientationRule: String, Sendable, Hashable, CaseIterable, Codable {
    /// Turn the picture upright, as people see it.
    case apply
    /// Leave it as stored: the original Chinese-CLIP's pixels. TIFF pictures are turned even so,
    /// because Pillow turns them when it loads them.
    case ignore
  }

  /// Whether large JPEG pictures may be decoded at a fraction of their size.
  public enum Reduction: Sendable, Hashable {
    /// Every pixel is decoded: equal to Pillow bit for bit.
    case none
    /// JPEG pictures are decoded at the smallest of 1/8, 1/4 and 1/2 of their size that leaves
    /// both sides at least twice `targetSide`; faster by the inverse transform of the pixels that
    /// are not needed, and slightly softer.
    case upTo(targetSide: Int)
    /// As ``upTo(targetSide:)`` with the side that an ``ImagePreprocessor`` makes; none where a
    /// whole picture is asked for.
    case toModelSize
  }

  /// Pillow's limit against decompression bombs (half a gigabyte of RGB), where Pillow warns.
  public static let defaultMaximumPixels = 178_956_970

  /// Pictures with more pixels are refused before anything is allocated for them.
  public var maximumPixels: Int
  /// What becomes of EXIF orientation.
  public var orientation: OrientationRule
  /// Whether large JPEG pictures may be decoded at a fraction of their size.
  public var reduction: Reduction

  /// Creates a decoder.
  public init(
    maximumPixels: Int = ImageDecoder.defaultMaximumPixels,
    orientation: OrientationRule = .apply,
    reduction: Reduction = .none
  ) {
    self.maximumPixels = maximumPixels
    self.orientation = orientation
    self.reduction = reduction
  }

  /// Decodes a whole picture in its native mode.
  ///
  /// - Parameter data: the bytes of a file.
  /// - Returns: the picture, upright unless orientation is ignored.
  /// - Throws: an ``ImageError`` that says what is wrong with the file.
  public func decode(_ data: Data) throws(ImageError) -> DecodedImage {
    try decode(data, note: nil)
  }

  /// The same; `note` gets what the file says about itself.
  func decode(
    _ data: Data, note: ((ImageSource) -> Void)?
  ) throws(ImageError) -> DecodedImage {
    try data.withBytes { bytes throws(ImageError) in
      let reader = try open(bytes)
      let (width, height) = (reader.width, reader.height)
      let rowBytes = width * reader.mode.bytesPerPixel
      var failure: ImageError?
      let pixels = [UInt8](unsafeUninitializedCapacity: rowBytes * height) { buffer, initialized in
        guard let start = buffer.baseAddress else { return }
        for first in stride(from: 0, to: height, by: 64) where failure == nil {
          let count = min(64, height - first)
          let rows = (first..<(first + count)).map { start + $0 * rowBytes }
          do throws(ImageError) {
            try reader.read(into: rows, count: count)
            initialized += count * rowBytes
          } catch {
            failure = error
          }
        }
      }
      if let failure { throw failure }
      var image = DecodedImage(
        mode: reader.mode, width: width, height: height, pixels: pixels, palette: reader.palette)
      image.warning = reader.warning
      return image.turned(uprighting(bytes, reader, note))
    }
  }

  /// Reads what a file says about itself, without decoding its pixels.
  ///
  /// - Parameter data: the bytes of a file.
  /// - Returns: format, mode, size and orientation.
  /// - Throws: an ``ImageError`` when the file is not a picture or over the limit on pixels.
  public func header(of data: Data) throws(ImageError) -> ImageHeader {
    try data.withBytes { bytes throws(ImageError) in
      let reader = try RowReader(bytes, maximumPixels: maximumPixels)
      return ImageHeader(
        format: reader.format, mode: reader.mode, storedWidth: reader.storedWidth,
        storedHeight: reader.storedHeight,
        orientation: ImageMetadata.orientation(of: bytes, format: reader.format))
    }
  }

  /// Decodes and renders in one go; `plan` sees the size of the upright picture, and `note` gets what
  /// the file says about itself.
  func render(
    _ data: Data, note: ((ImageSource) -> Void)? = nil,
    plan: (_ width: Int, _ height: Int) throws(ImageError) -> Rendering
  ) throws(ImageError) -> DecodedImage {
    try data.withBytes { bytes throws(ImageError) in
      let reader = try open(bytes)
      let orientation = uprighting(bytes, reader, note)
      let swaps = orientation.swapsSides
      var rendering = try plan(
        swaps ? reader.height : reader.width, swaps ? reader.width : reader.height)
      rendering.orientation = orientation
      var image = try rendering(
        mode: reader.mode, storedWidth: reader.width, storedHeight: reader.height,
        palette: reader.palette
      ) { rows, count throws(ImageError) in
        try reader.read(into: rows, count: count)
      }
      image.warning = reader.warning
      return image
    }
  }

  private func open(_ bytes: UnsafeRawBufferPointer) throws(ImageError) -> RowReader {
    var reducedSide = 0
    if case .upTo(let side) = reduction { reducedSide = min(max(0, side), 1 << 20) * 2 }
    return try RowReader(bytes, maximumPixels: maximumPixels, reducedSide: reducedSide)
  }

  /// How the picture must be turned; metadata is parsed once, and in full only for who wants it.
  private func uprighting(
    _ bytes: UnsafeRawBufferPointer, _ reader: borrowing RowReader, _ note: ((ImageSource) -> Void)?
  ) -> ImageOrientation {
    let isApplied = orientation == .apply || reader.format == .tiff
    guard let note else {
      return isApplied ? ImageMetadata.orientation(of: bytes, format: reader.format) : .upright
    }
    let metadata = ImageMetadata(bytes, reader.format)
    note(ImageSource(reader, metadata))
    return isApplied ? metadata.orientation : .upright
  }
}
