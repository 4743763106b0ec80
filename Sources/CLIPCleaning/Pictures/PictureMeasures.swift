import CLIPData
import CLIPImages
import Foundation

/// What is known of a picture.
struct PictureMeasures: Sendable, Equatable {
  /// What has to be known; each asks more of the picture's file than the one before.
  struct Needs: OptionSet, Sendable {
    let rawValue: UInt32
    /// Width and height, from the file's head.
    static let size = Needs(rawValue: 1)
    /// A hash of the file's bytes.
    static let content = Needs(rawValue: 2)
    /// Whether it can be decoded.
    static let decoding = Needs(rawValue: 4)
    /// Brightness, sharpness and entropy.
    static let grey = Needs(rawValue: 8)
    /// The perceptual hash and the colours of an 8 × 8 grid.
    static let fingerprint = Needs(rawValue: 16)

    var needsPixels: Bool { !isDisjoint(with: [.decoding, .grey, .fingerprint]) }
  }

  var width = 0
  var height = 0
  var contentKey: UInt64 = 0
  var deviation: Float = 0
  var sharpness: Float = 0
  var entropy: Float = 0
  var fingerprint: PictureFingerprint?
  /// Why the picture cannot be read, as a sentence without its end; nil for a sound one.
  var failure: String?

  init() {}

  /// Of a picture that cannot be had.
  init(failure: String) {
    self.failure = failure
  }

  /// Looks at a picture.
  init(_ data: Data, needs: Needs) {
    contentKey = needs.contains(.content) ? StableHash.hash(data) : 0
    let decoder = ImageDecoder()
    do {
      guard needs.needsPixels else {
        if needs.contains(.size) {
          let header = try decoder.header(of: data)
          (width, height) = (header.width, header.height)
        }
        return
      }
      let image = try decoder.decode(data)
      (width, height) = (image.width, image.height)
      if needs.contains(.grey) {
        let grey = GreyStatistics(image)
        deviation = Float(grey.deviation)
        sharpness = Float(grey.sharpness)
        entropy = Float(grey.entropy)
      }
      if needs.contains(.fingerprint) { fingerprint = PictureFingerprint(image.convertedToRGB()) }
    } catch {
      failure = "\(error)"
    }
  }
}
