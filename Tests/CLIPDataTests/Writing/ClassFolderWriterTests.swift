import CLIPData
import Foundation
import TestSupport
import Testing

@Suite("Pairs as class folders")
struct ClassFolderWriterTests {
  private static let picture = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])

  /// Pairs in memory.
  private struct Pairs: PairDataset {
    let source = "memory"
    let texts: [(String, [Int64])]
    let pictures: [Int64: Data]

    var pairCount: Int { texts.reduce(0) { $0 + $1.1.count } }
    func pair(at index: Int) throws -> CaptionPair {
      try captions().flatMap { caption in
        caption.imageIDs.map {
          CaptionPair(imageID: $0, textID: caption.textID, text: caption.text)
        }
      }[index]
    }
    func imageData(for imageID: Int64) throws -> Data { pictures[imageID] ?? Data() }
    func imageIDs() -> [Int64] { pictures.keys.sorted() }
    func captions() throws -> [Caption] {
      texts.enumerated().map {
        Caption(textID: Int64($0.offset), text: $0.element.0, imageIDs: $0.element.1)
      }
    }
  }

  @Test("A picture's first caption is its label; splits share labels, and each has every folder")
  func layout() throws {
    let folder = try TemporaryFolder()
    let train = Pairs(
      texts: [("红 苹果\n", [1, 2]), ("水果", [1, 2, 3]), ("香蕉", [3])],
      pictures: [1: Self.picture, 2: Self.picture, 3: Self.picture])
    let test = Pairs(
      texts: [("香蕉", [7]), ("梨", [8, 7])],
      pictures: [7: Self.picture, 8: Data("text".utf8), 9: Self.picture])
    let writer = try ClassFolderWriter([("train", train), ("test", test)])
    #expect(writer.labels == ["红 苹果", "水果", "香蕉", "梨"])
    let parts = try writer.write(to: folder.url.appending(path: "out"))
    #expect(parts.map(\.pictures) == [3, 1] && parts.map(\.labels) == [2, 1])
    #expect(parts[1].withoutCaption == [9] && parts[1].notPictures == [8])
    let label = try String(
      contentsOf: folder.url.appending(path: "out/label_cn.txt"), encoding: .utf8)
    #expect(label == "红 苹果\n水果\n香蕉\n梨\n")
    for (path, isThere) in [
      ("train/000/1.png", true), ("train/000/2.png", true), ("train/001/3.png", true),
      ("train/003", true), ("test/002/7.png", true), ("test/003/8.png", false), ("test/000", true),
    ] {
      let file = folder.url.appending(path: "out/\(path)")
      #expect(FileManager.default.fileExists(atPath: file.path) == isThere, "\(path)")
    }
  }

  @Test("A folder that holds something is left as it is")
  func exists() throws {
    let folder = try TemporaryFolder()
    try folder.write("mine", to: "out/notes.txt")
    let writer = try ClassFolderWriter([
      ("test", Pairs(texts: [("梨", [1])], pictures: [1: Self.picture]))
    ])
    #expect(throws: DataError.self) { try writer.write(to: folder.url.appending(path: "out")) }
    #expect(folder.content == ["out/notes.txt"] || folder.content.contains("out"))
  }
}
