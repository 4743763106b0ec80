import CImageCodecs
import Foundation

/// The rows of one picture, from top to bottom, from whichever C decoder reads its format.
///
/// The bytes handed to the initialiser must stay where they are while the reader lives.
struct RowReader: ~Copyable {
  let format: ImageFormat
  let mode: DecodedImage.Mode
  let width: Int
  let height: Int
  let storedWidth: Int
  let storedHeight: Int
  private let decoder: OpaquePointer

  /// Reads the header only; nothing as large as the picture is allocated yet.
  init(
    _ bytes: UnsafeRawBufferPointer, maximumPixels: Int, reducedSide: Int = 0
  ) throws(ImageError) {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { throw .empty }
    guard let format = ImageFormat(of: bytes) else { throw .unknownFormat }
    var options = cimage_options(
      maximum_pixels: UInt64(max(0, maximumPixels)),
      reduced_side: UInt32(clamping: reducedSide))
    var failure = cimage_failure()
    var opened: OpaquePointer?
    let status = cimage_open(
      format.codec, start.assumingMemoryBound(to: UInt8.self), bytes.count, &options, &opened,
      &failure)
    guard status == CIMAGE_OK, let opened else { throw ImageError(failure, format) }
    decoder = opened
    let header = cimage_get_header(opened).pointee
    self.format = format
    mode = DecodedImage.Mode(header.mode)
    width = Int(header.width)
    height = Int(header.height)
    storedWidth = Int(header.stored_width)
    storedHeight = Int(header.stored_height)
  }

  deinit { cimage_close(decoder) }

  /// 256 colours of red, green, blue and alpha, for ``DecodedImage/Mode/palette`` only.
  var palette: [UInt8] {
    guard mode == .palette else { return [] }
    return withUnsafeBytes(of: cimage_get_header(decoder).pointee.palette) { Array($0) }
  }

  /// What was wrong with the file though it could be read, as a sentence; known at its end.
  var warning: String? {
    cimage_get_warning(decoder).map {
      "The \(format.rawValue) picture is damaged (\(String(cString: $0))), but it was read."
    }
  }

  /// Reads the next rows; each pointer must have room for `width` pixels of the mode.
  func read(
    into rows: UnsafePointer<UnsafeMutablePointer<UInt8>>, count: Int
  ) throws(ImageError) {
    var failure = cimage_failure()
    let status = cimage_read_rows(decoder, rows, UInt32(count), &failure)
    guard status == CIMAGE_OK else { throw ImageError(failure, format) }
  }
}

extension ImageError {
  init(_ failure: cimage_failure, _ format: ImageFormat) {
    let reason = withUnsafePointer(to: failure) { String(cString: cimage_failure_message($0)) }
    switch failure.status {
    case CIMAGE_TRUNCATED: self = .truncated(format, reason: reason)
    case CIMAGE_TOO_LARGE: self = .tooLarge(format, reason: reason)
    case CIMAGE_UNSUPPORTED: self = .unsupported(format, reason: reason)
    case CIMAGE_NO_MEMORY: self = .outOfMemory(reason: reason)
    case CIMAGE_NO_LIBRARY: self = .missingLibrary(format, library: reason)
    default: self = .corrupt(format, reason: reason)
    }
  }
}

extension Data {
  /// `withUnsafeBytes` that keeps the type of the error.
  func withBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws(ImageError) -> Result
  ) throws(ImageError) -> Result {
    let result = withUnsafeBytes { bytes -> Swift.Result<Result, ImageError> in
      do throws(ImageError) { return .success(try body(bytes)) } catch { return .failure(error) }
    }
    return try result.get()
  }
}
