import CLIPSearch
import Foundation
import TestSupport
import Testing

@Suite("ApproximateIndex")
struct ApproximateIndexTests {
  /// A library of many small groups, as albums have them.
  static func library(_ folder: TemporaryFolder, count: Int = 4000) async throws -> PictureLibrary {
    let model = WordModel(embeddingDimension: 64)
    let library = try await PictureLibrary.open(at: folder.library, model: model, creating: true)
    try await library.importPictures(
      (0..<count).map {
        ImportedPicture(
          path: "/\($0)", vector: model.vector("group\($0 % 80) group\($0 % 80) \($0)"))
      })
    return library
  }

  static func exact(_ text: String) -> SearchQuery {
    var query = SearchQuery(text, limit: 10)
    query.isExact = true
    return query
  }

  @Test("its recall is measured, kept, and holds after pictures come and go")
  func recall() async throws {
    let folder = try TemporaryFolder()
    let library = try await Self.library(folder)
    let report = try await library.buildApproximateIndex(recall: 0.9, lists: 100)
    let chosen = try #require(report.chosen)
    #expect(report.lists == 100 && report.settings.map(\.probes) == [1, 2, 4, 8, 16])
    #expect(
      zip(report.settings, report.settings.dropFirst()).allSatisfy {
        $0.pictureRecall <= $1.pictureRecall
      })
    let setting = try #require(report.settings.first { $0.probes == chosen })
    #expect(setting.pictureRecall >= 0.9 && (setting.textRecall ?? 0) >= 0.9)

    try await library.delete((1...200).map { Int64($0 * 3) })
    let model = WordModel(embeddingDimension: 64)
    try await library.importPictures(
      (4000..<4600).map {
        ImportedPicture(path: "/\($0)", vector: model.vector("group\($0 % 80) \($0)"))
      })
    try await library.compact()
    let fresh = try await PictureLibrary.open(at: folder.library, model: model)
    for opened in [library, fresh] {
      var found = 0
      for group in 0..<80 {
        let text = "group\(group)"
        let exact = Set(try await opened.search(Self.exact(text)).map(\.id))
        found +=
          exact.intersection(
            try await opened.search(SearchQuery(text, limit: 10)).map(\.id)
          ).count
      }
      #expect(found >= 640, "\(found) of 800")
    }
  }

  @Test("without enough recall, and without a fitting file, searches stay exact")
  func refusal() async throws {
    let folder = try TemporaryFolder()
    let library = try await Self.library(folder)
    let path = folder.library + "/pictures.index"
    let report = try await library.buildApproximateIndex(recall: 1, lists: 900)
    if report.chosen == nil { #expect(!FileManager.default.fileExists(atPath: path)) }
    _ = try await library.buildApproximateIndex(recall: 0.5, lists: 100)
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    let expected = try await library.search(Self.exact("group7 7"))
    var generator = SplitMix(state: 4)
    for round in 0..<8 {
      var data =
        round < 4 ? whole.prefix(Int.random(in: 0..<whole.count, using: &generator)) : whole
      if round >= 4 { data[Int.random(in: 0..<whole.count, using: &generator)] ^= 0x41 }
      try data.write(to: URL(fileURLWithPath: path), options: .atomic)
      let opened = try await PictureLibrary.open(
        at: folder.library, model: WordModel(embeddingDimension: 64))
      #expect(try await opened.search(SearchQuery("group7 7", limit: 10)) == expected)
    }
    try await library.removeApproximateIndex()
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(try await library.search(SearchQuery("group7 7", limit: 10)) == expected)
    await #expect(throws: SearchError.self) {
      try await library.buildApproximateIndex(lists: 3000)
    }
    await #expect(throws: SearchError.self) { try await library.buildApproximateIndex(recall: 2) }
  }
}
