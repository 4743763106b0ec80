import CLIPSearch
import Foundation
import TestSupport
import Testing

@Suite("Indexer+Reembed")
struct ReembedTests {
  static var newModel: WordModel {
    WordModel(name: "new", fingerprint: "new-1", embeddingDimension: 48, seed: 77)
  }

  @Test("a change of model can be stopped and continued, and changes over in one step")
  func resume() async throws {
    let folder = try TemporaryFolder()
    for number in 0..<30 { try folder.picture("\(number).jpg", "cat \(number)") }
    let (library, indexer) = try IndexerTests.indexer(folder)
    _ = try await indexer.run([folder.pictures])
    try await library.setCaption("my cat", of: 3)
    let before = try await library.search(SearchQuery("cat 5", limit: 3)).map(\.path)

    var slow = Self.newModel
    slow.delay = .milliseconds(30)
    let model = slow
    let task = Task { try await indexer.reembed(with: model) }
    while try (library.statistics().reembedding?.done ?? 0) < 6 {
      try await Task.sleep(for: .milliseconds(5))
    }
    task.cancel()
    #expect(try await task.value.cancelled)
    // Searching goes on with the old model, and nothing is mixed.
    #expect(try library.statistics().model == "words")
    #expect(try await library.search(SearchQuery("cat 5", limit: 3)).map(\.path) == before)
    var third = WordModel()
    third.fingerprint = "third-1"
    let other = third
    let error = await #expect(throws: SearchError.self) {
      try await indexer.reembed(with: other)
    }
    #expect(try #require(error).description.contains("being changed to"))

    let done = try #require(try library.statistics().reembedding).done
    let report = try await indexer.reembed(with: Self.newModel)
    #expect(report.changed == 30 - done && !report.cancelled && report.failures.isEmpty)
    let statistics = try library.statistics()
    #expect(statistics.model == "new" && statistics.dimension == 48)
    #expect(statistics.vectors == 30 && statistics.reembedding == nil)
    #expect(try await library.search(SearchQuery("cat 5", limit: 1)).map(\.path) == [before[0]])
    var captions = SearchQuery("my cat")
    captions.target = .captions
    #expect(try await library.search(captions).map(\.id) == [3])
    #expect(throws: SearchError.self) {
      try PictureLibrary.open(at: folder.library, model: WordModel())
    }
    let fresh = try PictureLibrary.open(at: folder.library, model: Self.newModel)
    #expect(try await fresh.search(SearchQuery("cat 5", limit: 1)).map(\.path) == [before[0]])
    #expect(try await indexer.reembed(with: Self.newModel).changed == 0)
  }

  @Test("a picture whose file has gone is reported and not found any more")
  func gone() async throws {
    let folder = try TemporaryFolder()
    for number in 0..<5 { try folder.picture("\(number).jpg", "cat \(number)") }
    let (library, indexer) = try IndexerTests.indexer(folder)
    _ = try await indexer.run([folder.pictures])
    try FileManager.default.removeItem(atPath: folder.pictures + "/2.jpg")
    let report = try await indexer.reembed(with: Self.newModel)
    #expect(report.changed == 4)
    #expect(report.failures.map(\.path) == [folder.pictures + "/2.jpg"])
    #expect(try await library.search(SearchQuery("cat", limit: 9)).count == 4)
  }

  @Test("a change of model can be given up")
  func cancel() async throws {
    let folder = try TemporaryFolder()
    for number in 0..<12 { try folder.picture("\(number).jpg", "cat \(number)") }
    let (library, indexer) = try IndexerTests.indexer(folder)
    _ = try await indexer.run([folder.pictures])
    var slow = Self.newModel
    slow.delay = .milliseconds(50)
    let model = slow
    let task = Task { try await indexer.reembed(with: model) }
    while try (library.statistics().reembedding?.done ?? 0) < 4 {
      try await Task.sleep(for: .milliseconds(5))
    }
    task.cancel()
    _ = try await task.value
    #expect(try library.cancelReembedding())
    #expect(try !library.cancelReembedding())
    #expect(try await library.search(SearchQuery("cat", limit: 20)).count == 12)
    #expect(try await indexer.run([folder.pictures]).unchanged == 12)
  }

  @Test("a picture that changes during a change of model is embedded by its new contents")
  func changedMeanwhile() async throws {
    let folder = try TemporaryFolder()
    for number in 0..<12 { try folder.picture("\(number).jpg", "cat \(number)") }
    let (library, indexer) = try IndexerTests.indexer(folder)
    _ = try await indexer.run([folder.pictures])
    var slow = Self.newModel
    slow.delay = .milliseconds(50)
    let model = slow
    let task = Task { try await indexer.reembed(with: model) }
    while try (library.statistics().reembedding?.done ?? 0) < 8 {
      try await Task.sleep(for: .milliseconds(5))
    }
    task.cancel()
    _ = try await task.value
    try folder.picture("0.jpg", "dog now")
    #expect(try await indexer.run([folder.pictures]).changed == 1)
    _ = try await indexer.reembed(with: Self.newModel)
    #expect(
      try await library.search(SearchQuery("dog now", limit: 1)).first?.path
        == folder.pictures + "/0.jpg")
  }
}
