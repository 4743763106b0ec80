public import CLIPImages
public import Foundation

/// Pictures drawn for the purpose, each with a true caption and one in which two words have changed
/// places, and sentences with 把 and 被: no Chinese set of this kind exists.
///
/// The pictures are shapes on a plain ground, so nothing but the words that were swapped tells the two
/// captions apart. The same seed makes the same set.
public struct CompositionSet: Sendable {
  /// What is swapped.
  public enum Kind: String, Sendable, CaseIterable, Codable {
    /// 红色的圆形和蓝色的方块 against 蓝色的圆形和红色的方块.
    case color
    /// 三个红色的圆形 against 五个红色的圆形.
    case number
    /// 圆形在方块的左边 against 圆形在方块的右边.
    case side
  }

  /// A picture with a true and a false caption.
  public struct Item: Sendable {
    /// What is swapped.
    public let kind: Kind
    /// The caption that is true.
    public let caption: String
    /// The caption that is not.
    public let swapped: String
    /// The shapes of the picture.
    let shapes: [Shape]

    /// Draws the picture.
    ///
    /// - Parameter side: width and height in pixels.
    /// - Returns: the shapes on white.
    /// - Throws: `ImageError` for a size that no picture has.
    public func picture(side: Int) throws -> RGBImage {
      var canvas = Canvas(
        width: side, height: side, color: Canvas.Color(red: 255, green: 255, blue: 255))
      for shape in shapes { shape.draw(on: &canvas) }
      return try RGBImage(width: side, height: side, pixels: canvas.pixels)
    }
  }

  /// A sentence, one that means the same, and one that means the opposite in the same words.
  public struct Sentence: Sendable, Codable, Hashable {
    /// As 猫把狗赶走了.
    public let sentence: String
    /// As 狗被猫赶走了.
    public let same: String
    /// As 猫被狗赶走了.
    public let opposite: String
  }

  /// A shape, in shares of the picture's side.
  struct Shape: Sendable {
    enum Form: Int, CaseIterable {
      case circle
      case square
      case triangle

      var name: String { ["圆形", "方块", "三角形"][rawValue] }
    }

    let form: Form
    let color: Int
    let x: Double
    let y: Double
    let radius: Double

    func draw(on canvas: inout Canvas) {
      let side = Double(canvas.width)
      let (centerX, centerY, r) = (x * side, y * side, radius * side)
      canvas.fill(CompositionSet.colors[color].color) { column, row in
        let (dx, dy) = (Double(column) + 0.5 - centerX, Double(row) + 0.5 - centerY)
        return switch form {
        case .circle: dx * dx + dy * dy <= r * r
        case .square: max(abs(dx), abs(dy)) <= r * 0.88
        case .triangle: dy <= r * 0.75 && dy >= -r && abs(dx) <= (dy + r) * 0.58
        }
      }
    }
  }

  fileprivate static let colors: [(name: String, color: Canvas.Color)] = [
    ("红色", Canvas.Color(red: 214, green: 40, blue: 40)),
    ("黄色", Canvas.Color(red: 245, green: 200, blue: 30)),
    ("蓝色", Canvas.Color(red: 35, green: 90, blue: 200)),
    ("绿色", Canvas.Color(red: 40, green: 150, blue: 70)),
    ("黑色", Canvas.Color(red: 20, green: 20, blue: 20)),
    ("紫色", Canvas.Color(red: 130, green: 60, blue: 170)),
  ]
  private static let numbers = ["零", "一", "两", "三", "四", "五", "六"]

  /// The pictures with their captions.
  public let items: [Item]
  /// The sentences with 把 and 被.
  public let sentences: [Sentence]

  /// Makes a set.
  ///
  /// - Parameters:
  ///   - count: pictures of each kind.
  ///   - seed: equal seeds make equal sets.
  public init(count: Int = 60, seed: UInt32 = 1) {
    var random = SeededGenerator(seed: seed)
    items = Kind.allCases.flatMap { kind in
      (0..<count).map { _ in Self.item(kind, &random) }
    }
    sentences = Self.sentences()
  }

  private static func item(_ kind: Kind, _ random: inout SeededGenerator) -> Item {
    let forms = Shape.Form.allCases.shuffled(using: &random)
    let palette = colors.indices.shuffled(using: &random)
    let (a, b) = (forms[0], forms[1])
    let (first, second) = (colors[palette[0]].name, colors[palette[1]].name)
    func pair(_ color: Int, _ other: Int) -> [Shape] {
      let y = Double.random(in: 0.4...0.6, using: &random)
      let radius = Double.random(in: 0.13...0.2, using: &random)
      return [
        Shape(form: a, color: color, x: 0.27, y: y, radius: radius),
        Shape(form: b, color: other, x: 0.73, y: 1 - y, radius: radius),
      ]
    }
    switch kind {
    case .color:
      return Item(
        kind: kind, caption: "\(first)的\(a.name)和\(second)的\(b.name)",
        swapped: "\(second)的\(a.name)和\(first)的\(b.name)", shapes: pair(palette[0], palette[1]))
    case .side:
      // Half of the true captions say the one word, half the other: a liking for a word gains nothing.
      let saysLeft = Bool.random(using: &random)
      let (subject, other) = saysLeft ? (a, b) : (b, a)
      let words = saysLeft ? ("左边", "右边") : ("右边", "左边")
      return Item(
        kind: kind, caption: "\(subject.name)在\(other.name)的\(words.0)",
        swapped: "\(subject.name)在\(other.name)的\(words.1)",
        shapes: pair(palette[0], palette[0]))
    case .number:
      let counts = [1, 2, 3, 4, 5, 6].shuffled(using: &random)
      let places = (0..<9).shuffled(using: &random).prefix(counts[0])
      return Item(
        kind: kind, caption: "\(numbers[counts[0]])个\(first)的\(a.name)",
        swapped: "\(numbers[counts[1]])个\(first)的\(a.name)",
        shapes: places.map {
          Shape(
            form: a, color: palette[0], x: 0.2 + 0.3 * Double($0 % 3),
            y: 0.2 + 0.3 * Double($0 / 3), radius: 0.11)
        })
    }
  }

  /// Every actor with every action on every other.
  private static func sentences() -> [Sentence] {
    let actors = ["猫", "狗", "孩子", "老师", "警察", "熊"]
    let actions = ["赶走了", "推倒了", "抱起来了", "叫醒了", "吓跑了"]
    var sentences: [Sentence] = []
    for (index, actor) in actors.enumerated() {
      for (place, other) in actors.enumerated() where place != index {
        let action = actions[(index + place) % actions.count]
        sentences.append(
          Sentence(
            sentence: "\(actor)把\(other)\(action)", same: "\(other)被\(actor)\(action)",
            opposite: "\(actor)被\(other)\(action)"))
      }
    }
    return sentences
  }

  /// Writes the set: `<kind>-<number>.png`, `pictures.jsonl` and `sentences.jsonl`.
  ///
  /// - Parameters:
  ///   - folder: where to; it is made if needed.
  ///   - side: width and height of the pictures.
  /// - Throws: `ImageError`, and what the file system says.
  public func write(to folder: URL, side: Int = 224) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var lines: [String] = []
    for (index, item) in items.enumerated() {
      let name = "\(item.kind.rawValue)-\(index).png"
      try PictureWriter.png(item.picture(side: side)).write(
        to: folder.appending(path: name), options: .atomic)
      let facts = [
        "image": name, "kind": item.kind.rawValue, "caption": item.caption, "swapped": item.swapped,
      ]
      lines.append(String(decoding: try encoder.encode(facts), as: UTF8.self))
    }
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(
      to: folder.appending(path: "pictures.jsonl"), options: .atomic)
    let texts = try sentences.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
    try Data((texts.joined(separator: "\n") + "\n").utf8).write(
      to: folder.appending(path: "sentences.jsonl"), options: .atomic)
  }
}
