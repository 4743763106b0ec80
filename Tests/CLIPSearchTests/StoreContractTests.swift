import CLIPImages
import CLIPSearch
import Foundation
import TestSupport
import Testing

/// What every store keeps to, beside what the library's own tests show.
@Suite("PictureStore")
struct StoreContractTests {
  private let model = StoredModel(name: "m", fingerprint: "m-1", dimension: 2, source: "here")

  private func open(_ store: StoreCase, _ folder: TemporaryFolder) async throws -> any PictureStore
  {
    try await store.open(at: folder.library, creating: true).store
  }

  private func entry(
    _ path: String, _ vector: [Float] = [1, 0], content: String? = nil
  ) -> CatalogueEntry {
    var entry = CatalogueEntry(
      path: path, status: FileStatus(size: 5, modified: 7), content: content.map { Data($0.utf8) })
    entry.vector = vector
    return entry
  }

  @Test("a list of changes is written whole or not at all", arguments: StoreCase.allCases)
  func whole(_ kind: StoreCase) async throws {
    let store = try await open(kind, TemporaryFolder())
    try await store.checkHealth()
    #expect(!store.isReadOnly)
    let saved = try await store.write([.save(entry("/a")), .save(entry("/a"))], by: model)
    #expect(saved == [.added(1), .changed(1)])
    var other = model
    other.fingerprint = "m-2"
    await #expect(throws: SearchError.self) {
      try await store.write([.save(entry("/b")), .allow(folder: "/x")], by: other)
    }
    #expect(try await store.count(where: nil) == 1)
    #expect(try await store.allowedFolders().isEmpty)
    #expect(try await store.head().model == model)
  }

  @Test("a removal or a move that comes too late changes nothing", arguments: StoreCase.allCases)
  func late(_ kind: StoreCase) async throws {
    let store = try await open(kind, TemporaryFolder())
    try await store.write([.save(entry("/a")), .save(entry("/b"))], by: model)
    let outcomes = try await store.write(
      [
        .remove(id: 1, path: "/elsewhere"), .move(id: 1, from: "/a", to: entry("/b")),
        .move(id: 1, from: "/a", to: entry("/c")), .remove(id: 2, path: "/b"),
      ], by: model)
    #expect(outcomes == [.absent, .moved, .added(3), .absent])
    #expect(
      try await store.pictures(where: nil, order: .added, limit: 9, offset: 0).map(\.path)
        == ["/b", "/c"])
    // Numbers are never used again.
    _ = try await store.write([.remove(id: 3, path: "/c"), .save(entry("/d"))], by: model)
    #expect(try await store.id(ofPath: "/d") == 4)
  }

  @Test("what is known of files is told, byte by byte", arguments: StoreCase.allCases)
  func states(_ kind: StoreCase) async throws {
    let store = try await open(kind, TemporaryFolder())
    let status = FileStatus(size: 5, modified: 7)
    var bare = entry("/e\u{301}", content: "x")
    bare.vector = nil
    try await store.write(
      [
        .save(entry("/a", content: "x")), .save(bare), .forget(path: "/f"),
        .fail(path: "/broken", status, reason: "it is"), .miss(path: "/gone/x", reason: "why"),
      ], by: model)
    let states = try await store.states(
      ofFiles: ["/a", "/\u{e9}", "/e\u{301}", "/f", "/broken", "/never"])
    #expect(
      states == [
        .picture(id: 1, status, hasVector: true), .unknown,
        .picture(id: 2, status, hasVector: false), .forgotten, .failed(status, reason: "it is"),
        .unknown,
      ])
    let same = try await store.pictures(withContent: Data("x".utf8))
    #expect(same.map(\.picture.id) == [1, 2] && same.map { $0.vector == nil } == [false, true])
    #expect(try await store.forgotten() == ["/f"])
    #expect(try await store.failures(below: "/gone").map(\.path) == ["/gone/x"])
    #expect(try await store.failures(below: nil).count == 2)
    #expect(
      try await store.write([.dismissFailure(path: "/gone/x"), .restoreAll], by: nil)
        == [.done, .restored(1)])
    #expect(try await store.files(below: "/").count == 2)
  }

  @Test("the pages of a walk are everything once", arguments: StoreCase.allCases)
  func pages(_ kind: StoreCase) async throws {
    let store = try await open(kind, TemporaryFolder())
    try await store.write((0..<25).map { .save(entry("/\($0)")) }, by: model)
    try await store.write([.remove(id: 9, path: "/8")], by: nil)
    var found: [Int64] = []
    while case let page = try await store.page(after: found.last ?? 0, limit: 10), !page.isEmpty {
      found += page.map(\.picture.id)
      #expect(page.allSatisfy { $0.vector == [1, 0] && $0.captionVector == nil })
    }
    #expect(found == (1...25).filter { $0 != 9 })
  }

  @Test("vectors of texts are kept for the store's model alone", arguments: StoreCase.allCases)
  func prompts(_ kind: StoreCase) async throws {
    let store = try await open(kind, TemporaryFolder())
    try await store.keep(["x": [0, 1]], of: model)
    #expect(try await store.prompts(of: model).isEmpty)
    try await store.adopt(model)
    try await store.keep(["x": [0, 1]], of: model)
    #expect(try await store.prompts(of: model) == ["x": [0, 1]])
  }

  @Test(
    "a view finds the nearest of a filter, and rises in generation", arguments: StoreCase.allCases)
  func views(_ kind: StoreCase) async throws {
    let store = try await open(kind, TemporaryFolder())
    #expect(try await store.vectors(of: .picture, where: nil) == nil)
    let before = try await store.head().generation
    try await store.write(
      [
        .save(entry("/a/1", [1, 0])), .save(entry("/b/2", [0, 1])), .save(entry("/b/3", [1, 0])),
      ],
      by: model)
    #expect(try await store.head().generation > before)
    let view = try #require(
      try await store.vectors(of: .picture, where: PictureFilter("folder = /b")))
    #expect(view.model == model)
    #expect(try await view.ids() == [2, 3])
    #expect(try await view.vectors(of: [3, 99]) == [[1, 0], nil])
    let found = try await view.nearest(2, to: [[0, 1], [1, 0]], isExact: true)
    #expect(found.map { $0.map(\.id) } == [[2, 3], [3, 2]])
    let all = try #require(try await store.vectors(of: .picture, where: nil))
    #expect(try await all.nearest(2, to: [[1, 0]], isExact: false)[0].map(\.id) == [1, 3])
  }

  @Test("an address of no known kind is a sentence that names those there are")
  func unknown() async throws {
    let folder = try TemporaryFolder()
    for address in ["ftp://host/pictures", "nonsense", ""] {
      let error = await #expect(throws: SearchError.self) {
        try await PictureLibrary.open(
          at: folder.library, store: address, of: [SQLiteStore.kind, MemoryStore.kind])
      }
      #expect(try #require(error).description.contains("sqlite: or memory:"))
    }
  }

  @Test("a database elsewhere leaves in the library's folder what belongs to this machine")
  func elsewhere() async throws {
    let folder = try TemporaryFolder()
    let model = WordModel()
    let library = try await PictureLibrary.open(
      at: folder.library, store: "sqlite://\(folder.path)/database", of: [SQLiteStore.kind],
      model: model, creating: true)
    let id = try await library.add(Data("PICTURE dog".utf8), named: "dog.jpg").id
    let path = try #require(try await library.picture(id)).path
    #expect(path.hasPrefix(folder.library + "/pictures/"))
    #expect(FileManager.default.contents(atPath: path) == Data("PICTURE dog".utf8))
    #expect(FileManager.default.fileExists(atPath: folder.path + "/database/library.sqlite"))
    #expect(!FileManager.default.fileExists(atPath: folder.library + "/library.sqlite"))
  }
}
