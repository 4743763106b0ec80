import Foundation
import TestSupport
import Testing

@Suite("cnclip explain")
struct ExplainTests {
  private static let pictures = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Demo/pictures")
  private let tiger = pictures.appending(path: "tiger.jpg").path

  private struct Result: Decodable {
    let words: [String]
    let grid: [Int]
    let weights: [[Double]]
    let method: String
  }

  @Test("JSON names words, grid, weights and method, twice the same")
  func json() throws {
    let first = try Command.run("explain", tiger, "草地上的老虎。", "--json")
    #expect(first.status == 0, "\(first)")
    let result = try JSONDecoder().decode(Result.self, from: Data(first.output.utf8))
    #expect(result.words == ["草", "地", "上", "的", "老", "虎"])
    #expect(result.grid == [7, 7] && result.weights.count == 6)
    #expect(result.weights.allSatisfy { $0.count == 49 && $0.contains { $0 > 0 } })
    #expect(result.method == "gradient-of-word-against-rest")
    #expect(try Command.run("explain", tiger, "草地上的老虎。", "--json").output == first.output)
  }

  @Test("--words joins characters, and the drawing is a PNG beside the grids in the terminal")
  func drawing() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "map.png")
    let outcome = try Command.run(
      "explain", tiger, "草地上的老虎", "--words", "老虎", "草地", "--output", file.path)
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.lines.count == 2 * 8 + 1 && outcome.lines.first == "老虎")
    #expect(outcome.lines.last == "method: gradient-of-word-against-rest")
    let bytes = try Data(contentsOf: file)
    #expect(bytes.prefix(4) == Data([0x89, 0x50, 0x4E, 0x47]) && bytes.count > 20_000)
  }

  @Test("what cannot be explained or drawn is one sentence, and nothing is written")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "map.png").path
    let word = try Command.run("explain", tiger, "老虎", "--words", "狮子", "--output", file)
    #expect(word.status == 1 && word.errors.contains("'狮子' is not among the words"), "\(word)")
    let missing = try Command.run("explain", "no.jpg", "老虎", "--output", file)
    #expect(missing.status == 1 && missing.errors.contains("no.jpg"), "\(missing)")
    let bare = try Command.run(
      ["explain", tiger, "老虎", "--output", file],
      environment: ["CNCLIP_WITHOUT_LIBRARIES": "freetype"])
    #expect(bare.status == 1 && bare.errors.contains("FreeType"), "\(bare)")
    let format = try Command.run("explain", tiger, "老虎", "--output", "map.gif")
    #expect(format.status == 64 && format.errors.contains(".png"), "\(format)")
    #expect(folder.content.isEmpty)
  }
}
