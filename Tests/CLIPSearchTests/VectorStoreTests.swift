import CLIPSearch
import Foundation
import TestSupport
import Testing

@Suite("VectorStore")
struct VectorStoreTests {
  static let count = 2500

  /// A library large enough to have a file of vectors.
  static func library(_ folder: TemporaryFolder) async throws -> PictureLibrary {
    let model = WordModel()
    let library = try await PictureLibrary.open(at: folder.library, model: model, creating: true)
    try await library.importPictures(
      (0..<count).map {
        ImportedPicture(path: "/\($0)", vector: model.vector("cat \($0) \($0 % 97)"))
      })
    try await library.compact()
    return library
  }

  static func file(_ folder: TemporaryFolder) -> String { folder.library + "/pictures.vectors" }

  @Test("the file of vectors can be damaged anywhere, cut, emptied or taken away")
  func damage() async throws {
    let folder = try TemporaryFolder()
    let library = try await Self.library(folder)
    let query = SearchQuery("cat 7 7", limit: 50)
    let expected = try await library.search(query)
    #expect(expected.count == 50 && expected[0].path == "/7")
    let whole = try Data(contentsOf: URL(fileURLWithPath: Self.file(folder)))
    #expect(whole.count > 4096)
    var generator = SplitMix(state: 9)
    for round in 0..<24 {
      var data = whole
      switch round % 4 {
      case 0: data = data.prefix(Int.random(in: 0..<whole.count, using: &generator))
      case 1: data[Int.random(in: 0..<56, using: &generator)] ^= 0xff
      case 2:
        for place in stride(from: 4096 + round, to: data.count, by: 331) { data[place] ^= 0x55 }
      default: data = Data((0..<5000).map { _ in UInt8.random(in: 0...255, using: &generator) })
      }
      // A new file, as a restored copy would be: the old one stays mapped by whoever has it.
      try data.write(to: URL(fileURLWithPath: Self.file(folder)), options: .atomic)
      let opened = try await PictureLibrary.open(at: folder.library, model: WordModel())
      #expect(try await opened.search(query) == expected)
    }
    try FileManager.default.removeItem(atPath: Self.file(folder))
    let opened = try await PictureLibrary.open(at: folder.library, model: WordModel())
    #expect(try await opened.search(query) == expected)
    #expect(FileManager.default.fileExists(atPath: Self.file(folder)))
  }

  @Test("a file of another library or of an older state is not believed")
  func identity() async throws {
    let folder = try TemporaryFolder()
    let other = try TemporaryFolder()
    let library = try await Self.library(folder)
    _ = try await Self.library(other)
    let query = SearchQuery("dog", limit: 3)
    let old = try Data(contentsOf: URL(fileURLWithPath: Self.file(folder)))
    try await library.importPictures([
      ImportedPicture(path: "/dog", vector: WordModel().vector("dog"))
    ])
    try await library.delete([1, 2, 3])
    let expected = try await library.search(query)
    #expect(expected[0].path == "/dog")
    for data in [old, try Data(contentsOf: URL(fileURLWithPath: Self.file(other)))] {
      try data.write(to: URL(fileURLWithPath: Self.file(folder)), options: .atomic)
      let opened = try await PictureLibrary.open(at: folder.library, model: WordModel())
      #expect(try await opened.search(query) == expected)
    }
  }

  @Test("thousands of changes melt into the file and lose nothing")
  func melting() async throws {
    let folder = try TemporaryFolder()
    let model = WordModel()
    let library = try await Self.library(folder)
    let reader = try await PictureLibrary.open(at: folder.library, model: model)
    for round in 0..<30 {
      try await library.importPictures(
        (0..<40).map {
          let number = round * 20 + $0
          return ImportedPicture(path: "/\(number)", vector: model.vector("dog \(number)"))
        })
      try await library.delete([Int64(2400 + round)])
      if round % 7 == 0 { try await library.compact() }
      _ = try await reader.search(SearchQuery("dog", limit: 3))
    }
    let fresh = try await PictureLibrary.open(at: folder.library, model: model)
    for text in ["dog", "cat", "dog 77", "cat 2470 45"] {
      let expected = try await fresh.search(SearchQuery(text, limit: 700))
      #expect(try await reader.search(SearchQuery(text, limit: 700)) == expected)
      #expect(try await library.search(SearchQuery(text, limit: 700)) == expected)
    }
    #expect(try await library.statistics().vectors == Self.count - 30)
  }
}
