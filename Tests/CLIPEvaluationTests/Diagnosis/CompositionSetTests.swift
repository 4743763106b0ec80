import CLIPEvaluation
import CLIPImages
import Foundation
import TestSupport
import Testing

@Suite("Pictures and sentences with swaps")
struct CompositionSetTests {
  @Test("A caption and its swap have the same characters where only their order is wrong")
  func captions() {
    let set = CompositionSet(count: 20)
    #expect(set.items.count == 60)
    for item in set.items {
      #expect(item.caption != item.swapped)
      switch item.kind {
      case .color: #expect(item.caption.sorted() == item.swapped.sorted())
      case .side:
        #expect(item.caption.dropLast(2) == item.swapped.dropLast(2))
        #expect(Set([item.caption, item.swapped].map { $0.suffix(2) }) == ["左边", "右边"])
      case .number: #expect(item.caption.dropFirst() == item.swapped.dropFirst())
      }
    }
    // A model that merely likes one of the two words is at chance.
    let left = set.items.count { $0.kind == .side && $0.caption.hasSuffix("左边") }
    #expect((5...15).contains(left))
    for sentence in set.sentences {
      #expect(sentence.sentence.replacing("把", with: "被") == sentence.opposite)
      #expect(sentence.same.contains("被") && sentence.same.sorted() == sentence.opposite.sorted())
    }
  }

  @Test("Pictures show as many shapes, at the sides and in the colours that the caption says")
  func pictures() throws {
    for item in CompositionSet(count: 20).items {
      let picture = try item.picture(side: 96)
      let components = Components(picture)
      switch item.kind {
      case .number:
        let number = try #require(
          ["零", "一", "两", "三", "四", "五", "六"].firstIndex(
            of: String(item.caption.prefix(1))))
        #expect(components.count == number, "\(item.caption)")
      case .color, .side: #expect(components.count == 2, "\(item.caption)")
      }
      guard item.kind == .color, item.caption.hasPrefix("红色") else { continue }
      // The first shape is at the left, and red.
      let left = components.leftmost
      #expect(left.red > 150 && left.green < 100, "\(item.caption)")
    }
  }

  @Test("The same seed makes the same set, another seed another, and it can be written")
  func seeds() throws {
    #expect(
      CompositionSet(count: 5).items.map(\.caption) == CompositionSet(count: 5).items.map(\.caption)
    )
    #expect(
      CompositionSet(count: 5).items.map(\.caption)
        != CompositionSet(count: 5, seed: 2).items.map(\.caption))
    let folder = try TemporaryFolder()
    try CompositionSet(count: 2).write(to: folder.url, side: 32)
    #expect(folder.content.count == 8)
    let lines = try String(
      contentsOf: folder.url.appending(path: "pictures.jsonl"), encoding: .utf8
    ).split(separator: "\n")
    #expect(lines.count == 6)
  }

  /// Connected areas that are not white.
  private struct Components {
    var count = 0
    var leftmost: (red: UInt8, green: UInt8) = (0, 0)

    init(_ picture: RGBImage) {
      let (width, height, pixels) = (picture.width, picture.height, picture.pixels)
      var seen = [Bool](repeating: false, count: width * height)
      func isInk(_ place: Int) -> Bool { pixels[place * 3..<place * 3 + 3].contains { $0 < 250 } }
      for column in 0..<width {
        for row in 0..<height where isInk(row * width + column) && !seen[row * width + column] {
          let start = row * width + column
          if count == 0 { leftmost = (pixels[start * 3], pixels[start * 3 + 1]) }
          count += 1
          var open = [start]
          seen[start] = true
          while let place = open.popLast() {
            let (x, y) = (place % width, place / width)
            for (dx, dy) in [(1, 0), (-1, 0), (0, 1), (0, -1)] {
              guard (0..<width).contains(x + dx), (0..<height).contains(y + dy) else { continue }
              let next = (y + dy) * width + x + dx
              if !seen[next], isInk(next) {
                seen[next] = true
                open.append(next)
              }
            }
          }
        }
      }
    }
  }
}
