import Foundation

/// The filters of Pillow's `Image.resize` that are used here.
public enum ResamplingFilter: String, Sendable, Hashable, CaseIterable, Codable {
  /// The pixel under the centre of the new one; never mixes colours.
  case nearest
  /// The mean of the area.
  case box
  /// A triangle.
  case bilinear
  /// Keys' cubic with a = -0.5: Chinese-CLIP's choice, and the default everywhere.
  case bicubic
  /// A sinc windowed by a wider sinc, three lobes: the sharpest thumbnails.
  case lanczos

  /// Half the filter's width, in source pixels at scale 1.
  var support: Double {
    switch self {
    case .nearest: 0
    case .box: 0.5
    case .bilinear: 1
    case .bicubic: 2
    case .lanczos: 3
    }
  }

  /// The filter's weight at distance `x`, written so that it rounds as Pillow's.
  func weight(_ x: Double) -> Double {
    let distance = abs(x)
    switch self {
    case .nearest:
      return 0
    case .box:
      return x > -0.5 && x <= 0.5 ? 1 : 0
    case .bilinear:
      return distance < 1 ? 1 - distance : 0
    case .bicubic:
      let a = -0.5
      if distance < 1 {
        return ((a + 2) * distance - (a + 3)) * distance * distance + 1
      }
      return distance < 2 ? (((distance - 5) * distance + 8) * distance - 4) * a : 0
    case .lanczos:
      return -3 <= x && x < 3 ? Self.sinc(x) * Self.sinc(x / 3) : 0
    }
  }

  private static func sinc(_ x: Double) -> Double {
    if x == 0 { return 1 }
    let angle = x * .pi
    return sin(angle) / angle
  }
}
