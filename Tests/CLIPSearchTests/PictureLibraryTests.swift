import CLIPSearch
import Foundation
import TestSupport
import Testing

@Suite("PictureLibrary")
struct PictureLibraryTests {
  static func library(
    _ folder: TemporaryFolder, _ store: StoreCase = .sqlite, _ pictures: [String],
    model: WordModel = WordModel()
  ) async throws -> PictureLibrary {
    let library = try await store.open(at: folder.library, model: model, creating: true)
    try await library.importPictures(
      pictures.map { ImportedPicture(path: "/" + $0, vector: model.vector($0)) })
    return library
  }

  @Test("a text finds the pictures that share its words, best first", arguments: StoreCase.allCases)
  func text(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    let library = try await Self.library(
      folder, store, ["cat sofa", "cat", "dog", "dog sofa", "sky"])
    let hits = try await library.search(SearchQuery("cat", limit: 2))
    #expect(hits.map(\.path) == ["/cat", "/cat sofa"])
    #expect(abs(hits[0].cosine - 1) < 1e-3)
    #expect(hits[0].cosine > hits[1].cosine)
    let probability = try #require(hits[0].probability)
    #expect(probability > 0.5 && probability <= 1)
    #expect(try #require(hits[1].probability) < probability)
  }

  @Test(
    "weights add and take away, and terms that cancel out are an error",
    arguments: StoreCase.allCases)
  func weights(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    let library = try await Self.library(
      folder, store, ["sea", "sea people", "sunset sea", "people"])
    var query = SearchQuery("sea people", limit: 1)
    #expect(try await library.search(query).first?.path == "/sea people")
    query.add(.text("people"), weight: -1.5)
    #expect(try await library.search(query).first?.path == "/sea")
    query.add(.text("sunset"), weight: 1)
    #expect(try await library.search(query).first?.path == "/sunset sea")
    var nothing = SearchQuery("sea")
    nothing.add(.text("sea"), weight: -1)
    await #expect(throws: SearchError.self) { try await library.search(nothing) }
    await #expect(throws: SearchError.self) { try await library.search(SearchQuery(terms: [])) }
  }

  @Test(
    "a picture finds its like, and one of the library does not find itself",
    arguments: StoreCase.allCases)
  func pictures(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    let library = try await Self.library(folder, store, ["cat", "cat sofa", "dog"])
    let image = Data("PICTURE cat".utf8)
    let byFile = try await library.search(SearchQuery(image: image, limit: 1))
    #expect(byFile.map(\.path) == ["/cat"])
    #expect(byFile[0].probability == nil)
    let like = try await library.search(SearchQuery(like: 1, limit: 1))
    #expect(like.map(\.path) == ["/cat sofa"])
    var both = SearchQuery(image: image, limit: 1)
    both.add(.text("dog"), weight: 3)
    #expect(try await library.search(both).map(\.path) == ["/dog"])
    await #expect(throws: SearchError.noPicture(id: 99)) {
      try await library.search(SearchQuery(like: 99))
    }
  }

  @Test("filters, pages, thresholds and limits hold", arguments: StoreCase.allCases)
  func narrowing(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    let library = try await Self.library(
      folder, store, (0..<50).map { "cat \($0)" } + (0..<50).map { "dog \($0)" })
    var query = SearchQuery("cat", limit: 100)
    query.filter = try PictureFilter("name ~ dog")
    let dogs = try await library.search(query)
    #expect(dogs.count == 50 && dogs.allSatisfy { $0.path.hasPrefix("/dog") })
    query.filter = nil
    let all = try await library.search(query)
    #expect(all.count == 100)
    query.limit = 7
    query.offset = 20
    #expect(try await library.search(query) == Array(all[20..<27]))
    query.offset = 0
    query.limit = 100
    query.minimumCosine = all[30].cosine
    #expect(try await library.search(query).count == 31)
    query.limit = 0
    await #expect(throws: SearchError.self) { try await library.search(query) }
    query.limit = PictureLibrary.maximumHits + 1
    await #expect(throws: SearchError.self) { try await library.search(query) }
  }

  @Test(
    "near-duplicates fold into the best, and enough others fill the page",
    arguments: StoreCase.allCases)
  func folding(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    let model = WordModel()
    let library = try await store.open(at: folder.library, model: model, creating: true)
    var generator = SplitMix(state: 3)
    var records: [ImportedPicture] = []
    for group in 0..<6 {
      let base = model.vector("cat group\(group)")
      for copy in 0..<10 {
        let vector = base.map { $0 + Float.random(in: -0.01...0.01, using: &generator) }
        records.append(ImportedPicture(path: "/\(group)-\(copy)", vector: vector))
      }
    }
    try await library.importPictures(records)
    var query = SearchQuery("cat", limit: 5)
    query.foldingThreshold = 0.99
    let hits = try await library.search(query)
    #expect(hits.count == 5)
    #expect(Set(hits.map { $0.path.prefix(2) }).count == 5)
    #expect(hits[0].folded.count == 9)
    let groups = try await library.duplicates(threshold: 0.99)
    #expect(groups.map(\.pictures.count) == [10, 10, 10, 10, 10, 10])
    #expect(groups.allSatisfy { $0.similarity > 0.99 })
    await #expect(throws: SearchError.self) { try await library.duplicates(threshold: 3) }
  }

  @Test("captions are searched text against text", arguments: StoreCase.allCases)
  func captions(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    let library = try await Self.library(folder, store, ["a", "b", "c"])
    try await library.setCaption("my old cat", of: 2)
    try await library.setCaption("a dog", of: 3)
    var query = SearchQuery("old cat")
    query.target = .captions
    let hits = try await library.search(query)
    #expect(hits.map(\.id) == [2, 3])
    #expect(hits[0].caption == "my old cat")
    try await library.setCaption(nil, of: 2)
    #expect(try await library.search(query).map(\.id) == [3])
    await #expect(throws: SearchError.noPicture(id: 9)) {
      try await library.setCaption("x", of: 9)
    }
  }

  @Test("another model is refused with a sentence that names both", arguments: StoreCase.allCases)
  func otherModel(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    _ = try await Self.library(folder, store, ["cat"])
    var other = WordModel()
    other.name = "other"
    other.fingerprint = "other-1"
    let error = await #expect(throws: SearchError.self) {
      try await store.open(at: folder.library, model: other)
    }
    let sentence = try #require(error).description
    #expect(sentence.contains("'words'") && sentence.contains("'other'"))
    #expect(sentence.contains("cannot be compared"))
  }

  @Test("what is no library, no picture or no use says so")
  func misuse() async throws {
    let folder = try TemporaryFolder()
    await #expect(throws: SearchError.noLibrary(folder: folder.library)) {
      try await PictureLibrary.open(at: folder.library)
    }
    let empty = try await PictureLibrary.open(
      at: folder.library, model: WordModel(), creating: true)
    await #expect(throws: SearchError.emptyLibrary(folder: folder.library)) {
      try await empty.search(SearchQuery("cat"))
    }
    let plain = try await PictureLibrary.open(at: folder.library)
    try await empty.importPictures([
      ImportedPicture(path: "/cat", vector: WordModel().vector("cat"))
    ])
    await #expect(throws: SearchError.self) { try await plain.search(SearchQuery("cat")) }
    #expect(try await plain.search(SearchQuery(like: 1)).isEmpty)
    await #expect(throws: SearchError.self) {
      try await empty.importPictures([ImportedPicture(path: "/x", vector: [1, 2])])
    }
    await #expect(throws: SearchError.self) {
      try await empty.importPictures([
        ImportedPicture(path: "/x", vector: [Float](repeating: .nan, count: 32))
      ])
    }
    await #expect(throws: SearchError.self) {
      try await empty.importPictures([
        ImportedPicture(path: "/x", vector: [Float](repeating: 0, count: 32))
      ])
    }
    #expect(try await empty.statistics().pictures == 1)
    try Data("no database".utf8).write(to: URL(fileURLWithPath: folder.path + "/library.sqlite"))
    await #expect(throws: SearchError.self) { try await PictureLibrary.open(at: folder.path) }
  }

  @Test(
    "a change by one opener is seen by another at its next search", arguments: StoreCase.allCases)
  func twoOpeners(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    let model = WordModel()
    let writer = try await Self.library(folder, store, ["cat 0"])
    let reader = try await store.open(at: folder.library, model: model)
    let query = SearchQuery("cat", limit: 100)
    for round in 1..<40 {
      try await writer.importPictures([
        ImportedPicture(path: "/cat \(round)", vector: model.vector("cat \(round)"))
      ])
      if round % 5 == 0 { try await writer.delete([Int64(round)]) }
      let expected = try await writer.search(query)
      #expect(try await reader.search(query) == expected)
      #expect(expected.count == round + 1 - round / 5)
    }
    // A replaced vector counts, not the one before it.
    try await writer.importPictures([ImportedPicture(path: "/cat 7", vector: model.vector("dog"))])
    #expect(try await reader.search(SearchQuery("dog", limit: 1)).first?.path == "/cat 7")
  }

  @Test("deleted pictures leave no trace in any search", arguments: StoreCase.allCases)
  func deletion(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    let library = try await Self.library(folder, store, ["cat", "dog", "cat dog"])
    #expect(try await library.delete([1, 1, 77]) == 1)
    #expect(try await library.search(SearchQuery("cat")).map(\.id) == [3, 2])
    #expect(try await library.picture(1) == nil)
    #expect(try await library.vector(of: 1) == nil)
    #expect(try await library.statistics().vectors == 2)
    try await library.importPictures([
      ImportedPicture(path: "/cat", vector: WordModel().vector("cat"))
    ])
    #expect(try await library.search(SearchQuery("cat", limit: 1)).map(\.id) == [4])
  }

  @Test("tags are set, listed and kept apart", arguments: StoreCase.allCases)
  func tags(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    let library = try await Self.library(folder, store, ["cat", "dog"])
    try await library.setTags(["家", " 猫 ", "", "家"], of: 1)
    try await library.setTags(["家"], of: 2)
    #expect(try await library.picture(1)?.tags == ["家", "猫"])
    let tags = try await library.tags()
    #expect(tags.map(\.tag) == ["家", "猫"] && tags.map(\.count) == [2, 1])
    await #expect(throws: SearchError.noPicture(id: 5)) { try await library.setTags([], of: 5) }
  }

  @Test(
    "clusters bring like pictures together and name them from the list",
    arguments: StoreCase.allCases)
  func clusters(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    let library = try await Self.library(
      folder, store, (0..<12).map { "cat cat cat \($0)" } + (0..<8).map { "dog dog dog \($0)" })
    let clusters = try await library.clusters(count: 2, words: ["sky", "dog", "cat"])
    #expect(clusters.map(\.pictures.count) == [12, 8])
    #expect(clusters.map { $0.labels.first } == ["cat", "dog"])
    #expect(Set(clusters[1].pictures) == Set(13...20))
    #expect(
      try await library.clusters(count: 2, words: ["sky"]).map(\.pictures)
        == clusters.map(\.pictures))
    #expect(try await library.clusters(where: PictureFilter("name = nothing")).isEmpty)
  }
}
