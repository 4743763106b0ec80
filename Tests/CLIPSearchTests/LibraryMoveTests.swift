import CLIPImages
import CLIPSearch
import Foundation
import TestSupport
import Testing

@Suite("LibraryMove")
struct LibraryMoveTests {
  /// A library with everything that a store keeps.
  private static func library(_ folder: TemporaryFolder) async throws -> PictureLibrary {
    let model = WordModel()
    let library = try await StoreCase.sqlite.open(
      at: folder.library, model: model, creating: true)
    try await library.importPictures(
      (0..<2_300).map { number in
        let words = "cat \(number % 7) dog \(number % 11) \(number)"
        return ImportedPicture(
          path: "/album/\(number)", vector: model.vector(words),
          caption: number % 5 == 0 ? "猫 \(number)" : nil,
          captionVector: number % 5 == 0 ? model.vector("猫 \(number)") : nil,
          tags: number % 3 == 0 ? ["家", "\"quoted\" \\"] : [], width: number, height: 2,
          size: Int64(number), taken: number % 2 == 0 ? "2024-05-01T10:00:00" : nil,
          camera: "Canon 'EOS'")
      })
    _ = try await library.add(Data("PICTURE fox".utf8), named: "fox.jpg", caption: "狐狸")
    try await library.delete([7, 8])
    try await library.allow(["/elsewhere"])
    try await library.store.write(
      [
        .fail(path: "/album/broken", FileStatus(size: 3, modified: 4), reason: "it is"),
        .miss(path: "/gone", reason: "why"),
      ], by: nil)
    return library
  }

  @Test("a library goes there and back, and answers alike", arguments: StoreCase.allCases)
  func thereAndBack(_ kind: StoreCase) async throws {
    let folder = try TemporaryFolder()
    let source = try await Self.library(folder)
    let model = WordModel()
    let address = kind == .sqlite ? "sqlite:\(folder.path)/other" : kind.address(of: folder.library)
    let target = try await PictureLibrary.open(
      at: folder.library, store: address, of: StoreCase.kinds, model: model, creating: true)
    let report = try await source.copy(to: target)
    #expect(report.pictures == 2_299 && report.written == 2_299)
    #expect(report.vectors == 2_299 + 461)
    // A second run finds everything there.
    #expect(try await source.copy(to: target).written == 0)
    for text in ["cat", "fox", "dog 3"] {
      var query = SearchQuery(text, limit: 40)
      let (before, after) = (
        try await source.search(query), try await target.search(query)
      )
      #expect(zip(before, after).allSatisfy { abs($0.cosine - $1.cosine) < 1e-4 })
      #expect(Set(before.prefix(20).map(\.path)).isSubset(of: after.map(\.path)))
      query.target = .captions
      query.filter = try PictureFilter("tag = 家 and taken = 2024")
      #expect(
        try await source.search(query).map(\.path) == target.search(query).map(\.path))
    }
    let fox = try #require(
      try await target.pictures(where: PictureFilter("caption = 狐狸"), limit: 2).first)
    #expect(FileManager.default.contents(atPath: fox.path) == Data("PICTURE fox".utf8))
    #expect(try await target.failures() == source.failures())
    #expect(try await target.store.forgotten() == ["/album/6", "/album/7"])
    let states = try await target.store.states(ofFiles: ["/album/broken"])
    #expect(states == [.failed(FileStatus(size: 3, modified: 4), reason: "it is")])
    #expect(try await target.tags().map(\.tag) == source.tags().map(\.tag))
    let back = try await PictureLibrary.open(
      at: folder.library, store: "sqlite:\(folder.path)/back", of: StoreCase.kinds, model: model,
      creating: true)
    #expect(try await target.copy(to: back).pictures == 2_299)
    let (before, after) = (try await source.statistics(), try await back.statistics())
    #expect(before.captions == after.captions && before.pictureBytes == after.pictureBytes)
  }

  @Test("a move that was stopped goes on, and what differs in the end is named")
  func resumed() async throws {
    let folder = try TemporaryFolder()
    let source = try await Self.library(folder)
    let target = try await StoreCase.memory.open(
      at: folder.library, model: WordModel(), creating: true)
    let task = Task {
      try await source.copy(to: target) {
        if $0 == 1_000 { withUnsafeCurrentTask { $0?.cancel() } }
      }
    }
    await #expect(throws: CancellationError.self) { _ = try await task.value }
    #expect(try await target.count(where: nil) == 1_000)
    // Changed at the target meanwhile, in a way that a second look at sizes and times would not see.
    try await target.setTags(["other"], of: 1)
    let error = await #expect(throws: SearchError.self) { _ = try await source.copy(to: target) }
    #expect(try #require(error).description.contains("/album/0;"))
    try await target.setTags(["家", "\"quoted\" \\"], of: 1)
    #expect(try await source.copy(to: target).pictures == 2_299)
    try await target.importPictures([
      ImportedPicture(path: "/more", vector: WordModel().vector("more"))
    ])
    let more = await #expect(throws: SearchError.self) { _ = try await source.copy(to: target) }
    #expect(try #require(more).description.contains("1 more pictures"))
  }
}
