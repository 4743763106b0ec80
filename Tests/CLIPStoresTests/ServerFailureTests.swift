import CLIPImages
import CLIPSearch
import CLIPStores
import Foundation
import Synchronization
import TestSupport
import Testing

/// Servers that are not there, have too much to do, or die.
@Suite("ServerFailure", .serialized)
struct ServerFailureTests {
  private static let model = StoredModel(name: "m", fingerprint: "m-1", dimension: 8, source: nil)

  private static func open(_ address: String) async throws -> any PictureStore {
    try await StoreAddress(
      text: address, folder: "/library", isCreating: true
    ).open(PostgresStore.kinds + [MilvusStore.kind])
  }

  private static func entry(_ number: Int) -> CatalogueEntry {
    var entry = CatalogueEntry(
      path: "/\(number)", status: FileStatus(size: 1, modified: Int64(number)))
    entry.vector = (0..<8).map { $0 == number % 8 ? 1 : 0 }
    return entry
  }

  @Test("an address at which nobody listens is said at once")
  func nobody() async throws {
    // Timed on this thread: coming back to a test takes as long as its neighbours let it.
    let pool = PostgresPool(try PostgresAddress("postgres://127.0.0.1:1/x"))
    let start = ContinuousClock.now
    #expect(throws: SearchError.self) { try pool.checkAddress() }
    #expect(ContinuousClock.now - start < .seconds(10))
    let error = await #expect(throws: SearchError.self) {
      try await Self.open("postgres://me:secret@127.0.0.1:1/x")
    }
    let sentence = try #require(error).description
    #expect(sentence.contains("postgres://me@127.0.0.1:1/x") && sentence.contains("refused"))
    #expect(!sentence.contains("secret"))
  }

  @Test(
    "a wrong database and a missing library are sentences", .enabled(if: Server.postgres != nil))
  func wrongNames() async throws {
    let address = try #require(Server.postgres)
    let error = await #expect(throws: SearchError.self) {
      try await Self.open(address.replacing("/postgres", with: "/nowhere"))
    }
    #expect(try #require(error).description.contains("\"nowhere\" does not exist"))
    await #expect(throws: SearchError.noLibrary(folder: address + "?schema=never_made")) {
      _ = try await StoreAddress(
        text: address + "?schema=never_made", folder: "/library", isCreating: false
      ).open(PostgresStore.kinds)
    }
  }

  @Test(
    "a question that finds all connections busy is told so", .enabled(if: Server.postgres != nil))
  func busy() throws {
    let pool = PostgresPool(
      try PostgresAddress(try #require(Server.postgres)), limit: 1, patience: .milliseconds(100))
    try pool.read { _ in
      let error = #expect(throws: SearchError.self) { try pool.read { _ in } }
      #expect(error?.description.contains("connections have been busy") == true)
    }
    try pool.read { _ in }
  }

  @Test(
    "a server that is killed and restarted loses nothing and takes nothing twice",
    .enabled(if: Server.kills > 0), .timeLimit(.minutes(20)), arguments: Server.all)
  func killed(_ server: Server) async throws {
    let store = try await Self.open(server.place("killed_\(UInt32.random(in: 0...(.max)))"))
    let progress = WriterProgress()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        while !progress.isDone {
          let start = progress.written
          try await store.write(
            (start..<start + 20).map { .save(Self.entry($0)) }, by: Self.model)
          progress.written = start + 20
        }
      }
      group.addTask {
        while !progress.isDone {
          let known = progress.written
          guard known > 0 else { continue }
          let view = try #require(try await store.vectors(of: .picture, where: nil))
          let found = try await view.nearest(5, to: [Self.entry(3).vector ?? []], isExact: true)
          #expect(found.first?.first?.score == 1)
          #expect(try await store.count(where: nil) >= known)
        }
      }
      for _ in 0..<Server.kills {
        try await Task.sleep(for: .milliseconds(Int.random(in: 200...1200)))
        try server.run("kill")
        try server.run("start")
      }
      let before = progress.written
      while progress.written < before + 100 { try await Task.sleep(for: .milliseconds(50)) }
      progress.isDone = true
      try await group.waitForAll()
    }
    let count = progress.written
    var paths: [String] = []
    var last: Int64 = 0
    while case let page = try await store.page(after: last, limit: 500), let end = page.last {
      for stored in page {
        let number = try #require(Int(stored.picture.path.dropFirst()))
        #expect(stored.vector == Self.entry(number).vector)
        paths.append(stored.picture.path)
      }
      last = end.picture.id
    }
    #expect(paths.count == count && Set(paths).count == count)
    print("\(server.name): \(count) pictures written over \(Server.kills) kills")
  }
}

/// How far a writer has come, and whether it is to end.
private final class WriterProgress: Sendable {
  private let state = Mutex((written: 0, isDone: false))

  /// Pictures whose writing was confirmed.
  var written: Int {
    get { state.withLock(\.written) }
    set { state.withLock { $0.written = newValue } }
  }

  var isDone: Bool {
    get { state.withLock(\.isDone) }
    set { state.withLock { $0.isDone = newValue } }
  }
}
