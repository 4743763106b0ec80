import CLIPSearch
import Foundation
import TestSupport
import Testing

@Suite("Indexer+Reembed")
struct ReembedTests {
  static var newModel: WordModel {
    WordModel(name: "new", fingerprint: "new-1", embeddingDimension: 48, seed: 77)
  }

  @Test(
    "a change of model can be stopped and continued, and changes over in one step",
    arguments: StoreCase.allCases)
  func resume(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    for number in 0..<30 { try folder.picture("\(number).jpg", "cat \(number)") }
    let (library, indexer) = try await IndexerTests.indexer(folder, store)
    _ = try await indexer.run([folder.pictures])
    try await library.setCaption("my cat", of: 3)
    let before = try await library.search(SearchQuery("cat 5", limit: 3)).map(\.path)

    let task = Task {
      try await indexer.reembed(with: Self.newModel) {
        if $0.completed >= 6 { cancelCurrentTask($0) }
      }
    }
    #expect(try await task.value.cancelled)
    // Searching goes on with the old model, and nothing is mixed.
    #expect(try await library.statistics().model == "words")
    #expect(try await library.search(SearchQuery("cat 5", limit: 3)).map(\.path) == before)
    var third = WordModel()
    third.fingerprint = "third-1"
    let other = third
    let error = await #expect(throws: SearchError.self) {
      try await indexer.reembed(with: other)
    }
    #expect(try #require(error).description.contains("being changed to"))

    let done = try #require(try await library.statistics().reembedding).done
    let report = try await indexer.reembed(with: Self.newModel)
    #expect(report.changed == 30 - done && !report.cancelled && report.failures.isEmpty)
    let statistics = try await library.statistics()
    #expect(statistics.model == "new" && statistics.dimension == 48)
    #expect(statistics.vectors == 30 && statistics.reembedding == nil)
    #expect(try await library.search(SearchQuery("cat 5", limit: 1)).map(\.path) == [before[0]])
    var captions = SearchQuery("my cat")
    captions.target = .captions
    #expect(try await library.search(captions).map(\.id) == [3])
    await #expect(throws: SearchError.self) {
      try await store.open(at: folder.library, model: WordModel())
    }
    let fresh = try await store.open(at: folder.library, model: Self.newModel)
    #expect(try await fresh.search(SearchQuery("cat 5", limit: 1)).map(\.path) == [before[0]])
    #expect(try await indexer.reembed(with: Self.newModel).changed == 0)
  }

  @Test(
    "a picture whose file has gone is reported and not found any more",
    arguments: StoreCase.allCases)
  func gone(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    for number in 0..<5 { try folder.picture("\(number).jpg", "cat \(number)") }
    let (library, indexer) = try await IndexerTests.indexer(folder, store)
    _ = try await indexer.run([folder.pictures])
    try FileManager.default.removeItem(atPath: folder.pictures + "/2.jpg")
    let report = try await indexer.reembed(with: Self.newModel)
    #expect(report.changed == 4)
    #expect(report.failures.map(\.path) == [folder.pictures + "/2.jpg"])
    #expect(try await library.search(SearchQuery("cat", limit: 9)).count == 4)
  }

  @Test("a change of model can be given up", arguments: StoreCase.allCases)
  func cancel(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    for number in 0..<12 { try folder.picture("\(number).jpg", "cat \(number)") }
    let (library, indexer) = try await IndexerTests.indexer(folder, store)
    _ = try await indexer.run([folder.pictures])
    let task = Task {
      try await indexer.reembed(with: Self.newModel) {
        if $0.completed >= 4 { cancelCurrentTask($0) }
      }
    }
    _ = try await task.value
    #expect(try await library.cancelReembedding())
    #expect(try await !library.cancelReembedding())
    #expect(try await library.search(SearchQuery("cat", limit: 20)).count == 12)
    #expect(try await indexer.run([folder.pictures]).unchanged == 12)
  }

  @Test(
    "a picture that changes during a change of model is embedded by its new contents",
    arguments: StoreCase.allCases)
  func changedMeanwhile(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    for number in 0..<12 { try folder.picture("\(number).jpg", "cat \(number)") }
    let (library, indexer) = try await IndexerTests.indexer(folder, store)
    _ = try await indexer.run([folder.pictures])
    let task = Task {
      try await indexer.reembed(with: Self.newModel) {
        if $0.completed >= 8 { cancelCurrentTask($0) }
      }
    }
    _ = try await task.value
    try folder.picture("0.jpg", "dog now")
    #expect(try await indexer.run([folder.pictures]).changed == 1)
    _ = try await indexer.reembed(with: Self.newModel)
    #expect(
      try await library.search(SearchQuery("dog now", limit: 1)).first?.path
        == folder.pictures + "/0.jpg")
  }
}
