import CLIPImages

/// What every export is tried with: pictures that are drawn, and sentences of several lengths.
enum CheckSamples {
  /// Sentences: short, long, of one character, with Latin letters and none at all.
  static let sentences = [
    "杰尼龟", "一只黑白相间的猫坐在窗台上看着外面的雨", "猫", "iPhone 15 手机壳", "",
    "傍晚的海边，几个孩子在沙滩上放风筝，远处有一艘白色的帆船和连绵的山，天空被夕阳染成了橙红色",
  ]

  /// A drawn picture with its name.
  struct Picture {
    let name: String
    let image: RGBImage
  }

  /// Pictures of a size: a gradient, a board, a disc and coloured noise.
  static func pictures(size: Int) throws -> [Picture] {
    func picture(_ name: String, _ color: (_ x: Int, _ y: Int) -> [Int]) throws -> Picture {
      var pixels: [UInt8] = []
      pixels.reserveCapacity(3 * size * size)
      for y in 0..<size {
        for x in 0..<size { pixels += color(x, y).map { UInt8(clamping: $0) } }
      }
      return Picture(name: name, image: try RGBImage(width: size, height: size, pixels: pixels))
    }
    var state: UInt64 = 20
    func noise() -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 56)
    }
    return [
      try picture("gradient") { x, y in [255 * x / size, 255 * y / size, 128] },
      try picture("board") { x, y in
        (x * 8 / size + y * 8 / size).isMultiple(of: 2) ? [240, 240, 230] : [30, 60, 40]
      },
      try picture("disc") { x, y in
        let (dx, dy) = (2 * x - size, 2 * y - size)
        return dx * dx + dy * dy < size * size / 2 ? [220, 40, 30] : [90, 160, 230]
      },
      try picture("noise") { _, _ in [noise(), noise(), noise()] },
    ]
  }
}
