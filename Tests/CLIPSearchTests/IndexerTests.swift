import CLIPSearch
import Foundation
import TestSupport
import Testing

@Suite("Indexer")
struct IndexerTests {
  static func indexer(
    _ folder: TemporaryFolder, _ store: StoreCase = .sqlite, model: WordModel = WordModel(),
    batch: Int = 4
  ) async throws -> (PictureLibrary, Indexer) {
    let library = try await store.open(at: folder.library, model: model, creating: true)
    var options = IndexOptions()
    options.batchSize = batch
    return (library, Indexer(library, options: options))
  }

  static func paths(_ library: PictureLibrary) async throws -> [String] {
    try await library.pictures(where: nil, order: .path, limit: 100_000).map(\.path)
  }

  @Test(
    "a second run reads nothing, and changes, moves and deletions are noticed",
    arguments: StoreCase.allCases)
  func changes(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    for number in 0..<10 { try folder.picture("\(number).jpg", "cat \(number)") }
    let (library, indexer) = try await Self.indexer(folder, store)
    let first = try await indexer.run([folder.pictures])
    #expect(first.added == 10 && first.failures.isEmpty && !first.cancelled)
    let second = try await indexer.run([folder.pictures])
    #expect(second.unchanged == 10 && second.added == 0 && second.changed == 0)

    let id = try #require(try await library.id(ofPath: folder.pictures + "/3.jpg"))
    try await library.setTags(["kept"], of: id)
    try folder.picture("1.jpg", "dog now")
    try FileManager.default.createDirectory(
      atPath: folder.pictures + "/new", withIntermediateDirectories: true)
    try FileManager.default.moveItem(
      atPath: folder.pictures + "/3.jpg", toPath: folder.pictures + "/new/three.jpg")
    try FileManager.default.removeItem(atPath: folder.pictures + "/5.jpg")
    try FileManager.default.copyItem(
      atPath: folder.pictures + "/7.jpg", toPath: folder.pictures + "/copy.jpg")
    let third = try await indexer.run([folder.pictures])
    #expect(third.changed == 1 && third.moved == 1 && third.removed == 1 && third.added == 1)
    #expect(try await library.picture(id)?.path == folder.pictures + "/new/three.jpg")
    #expect(try await library.picture(id)?.tags == ["kept"])
    #expect(try await Self.paths(library).count == 10)
    #expect(
      try await library.search(SearchQuery("dog now", limit: 1)).first?.path
        == folder.pictures + "/1.jpg")
    #expect(try await indexer.run([folder.pictures]).unchanged == 10)
  }

  @Test(
    "of several copies that take a file's place the first is that picture, and none is lost",
    arguments: StoreCase.allCases)
  func movedCopies(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    let old = try folder.picture("old.jpg", "cat")
    for number in 0..<200 { try folder.picture("x\(number).jpg", "dog \(number)") }
    let (library, indexer) = try await Self.indexer(folder, store)
    _ = try await indexer.run([folder.pictures])
    let id = try #require(try await library.id(ofPath: old))
    for name in ["a", "b", "z"] {
      try FileManager.default.copyItem(atPath: old, toPath: folder.pictures + "/\(name).jpg")
    }
    try FileManager.default.removeItem(atPath: old)
    let report = try await indexer.run([folder.pictures])
    #expect(report.moved == 1 && report.added == 2 && report.removed == 0)
    #expect(try await library.picture(id)?.path == folder.pictures + "/a.jpg")
    let hits = try await library.search(SearchQuery("cat", limit: 3))
    #expect(
      Set(hits.map { URL(filePath: $0.path).lastPathComponent }) == ["a.jpg", "b.jpg", "z.jpg"])
  }

  @Test("a new time stamp alone does not embed a picture again", arguments: StoreCase.allCases)
  func touched(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    let path = try folder.picture("a.jpg", "cat")
    let (_, indexer) = try await Self.indexer(folder, store)
    _ = try await indexer.run([folder.pictures])
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_000_000)], ofItemAtPath: path)
    let report = try await indexer.run([folder.pictures])
    #expect(report.unchanged == 1 && report.changed == 0 && report.added == 0)
  }

  @Test(
    "broken and unsupported files are listed, others go on, and mended ones are taken in",
    arguments: StoreCase.allCases)
  func failures(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    try folder.picture("good.jpg", "cat")
    try folder.file("broken.jpg", Data("no picture".utf8))
    try folder.file("empty.png", Data())
    try folder.file("phone.HEIC", Data("x".utf8))
    try folder.file("notes.txt", Data("x".utf8))
    try folder.file(".hidden.jpg", Data("x".utf8))
    try FileManager.default.createSymbolicLink(
      atPath: folder.pictures + "/loop", withDestinationPath: folder.pictures)
    try FileManager.default.createSymbolicLink(
      atPath: folder.pictures + "/dangling.jpg", withDestinationPath: "/nowhere")
    mkfifo(folder.pictures + "/pipe.jpg", 0o600)
    let (library, indexer) = try await Self.indexer(folder, store)
    let report = try await indexer.run([folder.pictures])
    #expect(report.added == 1)
    #expect(
      report.failures.map { URL(fileURLWithPath: $0.path).lastPathComponent }
        == ["broken.jpg", "dangling.jpg", "empty.png", "phone.HEIC", "pipe.jpg"])
    #expect(report.failures[0].reason.contains("PICTURE"))
    #expect(try await library.failures() == report.failures)
    #expect(try await indexer.run([folder.pictures]).failures == report.failures)
    try folder.picture("broken.jpg", "dog")
    let mended = try await indexer.run([folder.pictures])
    #expect(mended.added == 1 && mended.failures.count == 4)
    #expect(try await library.failures().count == 4)
    // A picture that breaks is not found any more.
    try folder.file("good.jpg", Data("broken now".utf8))
    let broken = try await indexer.run([folder.pictures])
    #expect(broken.failures.count == 5)
    #expect(try await Self.paths(library) == [folder.pictures + "/broken.jpg"])
  }

  @Test(
    "pictures behind links are found once, and may be handed out", arguments: StoreCase.allCases)
  func links(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    try folder.picture("album/a.jpg", "cat")
    let outside = try TemporaryFolder()
    try outside.picture("b.jpg", "dog")
    try outside.picture("c.jpg", "bird")
    for (name, target) in [
      ("/outside", outside.pictures), ("/loop", folder.pictures),
      ("/again.jpg", folder.pictures + "/album/a.jpg"),
    ] {
      try FileManager.default.createSymbolicLink(
        atPath: folder.pictures + name, withDestinationPath: target)
    }
    let (library, indexer) = try await Self.indexer(folder, store)
    #expect(try await indexer.run([folder.pictures]).added == 3)
    let names = ["/album/a.jpg", "/outside/b.jpg", "/outside/c.jpg"]
    #expect(try await Self.paths(library) == names.map { folder.pictures + $0 })
    #expect(try await library.servedFolders().contains(folder.pictures + "/outside"))
    // Without the link its pictures are gone from the library, and the files are where they were.
    unlink(folder.pictures + "/outside")
    #expect(try await indexer.run([folder.pictures]).removed == 2)
    #expect(FileManager.default.fileExists(atPath: outside.pictures + "/b.jpg"))
  }

  @Test("an absent disk does not empty the library", arguments: StoreCase.allCases)
  func absent(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    try folder.picture("a.jpg", "cat")
    let (library, indexer) = try await Self.indexer(folder, store)
    _ = try await indexer.run([folder.pictures])
    try FileManager.default.moveItem(atPath: folder.pictures, toPath: folder.path + "/away")
    let report = try await indexer.run([folder.pictures])
    #expect(report.missingFolders == [folder.pictures] && report.removed == 0)
    #expect(try await library.statistics().pictures == 1)
    await #expect(throws: SearchError.self) { try await indexer.run([folder.path + "/never"]) }
    var options = IndexOptions()
    options.removesMissingFolders = true
    let pruned = try await Indexer(library, options: options).run([folder.pictures])
    #expect(pruned.removed == 1)
  }

  @Test(
    "a deleted picture of a folder stays away until it is restored", arguments: StoreCase.allCases)
  func forgotten(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    for name in ["a", "b"] { try folder.picture(name + ".jpg", name) }
    let (library, indexer) = try await Self.indexer(folder, store)
    _ = try await indexer.run([folder.pictures])
    try await library.delete([
      try #require(try await library.id(ofPath: folder.pictures + "/a.jpg"))
    ])
    #expect(FileManager.default.fileExists(atPath: folder.pictures + "/a.jpg"))
    #expect(try await indexer.run([folder.pictures]).added == 0)
    #expect(try await library.restore() == 1)
    #expect(try await indexer.run([folder.pictures]).added == 1)
  }

  @Test(
    "the library's own folder inside the pictures is passed over", arguments: StoreCase.allCases)
  func nested(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    try folder.picture("a.jpg", "cat")
    let library = try await store.open(
      at: folder.pictures + "/lib", model: WordModel(), creating: true)
    _ = try await library.add(Data("PICTURE dog".utf8), named: "dog.jpg")
    let report = try await Indexer(library).run([folder.pictures])
    #expect(report.added == 1)
    #expect(try await library.statistics().pictures == 2)
  }

  @Test("a cancelled run keeps what is done, and the next goes on", arguments: StoreCase.allCases)
  func cancellation(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    for number in 0..<40 { try folder.picture("\(number).jpg", "cat \(number)") }
    let (library, indexer) = try await Self.indexer(folder, store)
    let pictures = folder.pictures
    let report = try await Task {
      try await indexer.run([pictures]) { if $0.completed == 8 { cancelCurrentTask($0) } }
    }.value
    #expect(report.cancelled)
    let done = try await library.statistics().pictures
    #expect(done == 8)
    let rest = try await indexer.run([folder.pictures])
    #expect(rest.unchanged == done && rest.added == 40 - done)
  }

  @Test(
    "two writers on one folder make no duplicates and lose nothing", arguments: StoreCase.allCases)
  func twoWriters(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    for number in 0..<60 { try folder.picture("\(number).jpg", "cat \(number)") }
    let pictures = folder.pictures
    try await withThrowingTaskGroup(of: IndexReport.self) { group in
      for _ in 0..<3 {
        let (_, indexer) = try await Self.indexer(folder, store)
        group.addTask { try await indexer.run([pictures]) }
      }
      for try await report in group { #expect(report.failures.isEmpty) }
    }
    let library = try await store.open(at: folder.library, model: WordModel())
    #expect(try await Set(Self.paths(library)).count == 60)
    let statistics = try await library.statistics()
    #expect(statistics.pictures == 60 && statistics.vectors == 60)
    #expect(try await library.search(SearchQuery("cat", limit: 100)).count == 60)
  }

  @Test(
    "shares of a folder are everything once, and take nothing out", arguments: StoreCase.allCases)
  func shards(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    for number in 0..<30 { try folder.picture("\(number).jpg", "cat \(number)") }
    let (library, whole) = try await Self.indexer(folder, store)
    var added = 0
    for share in ["1/3", "2/3", "3/3"] {
      var options = IndexOptions()
      options.shard = try #require(IndexShard(share))
      let report = try await Indexer(library, options: options).run([folder.pictures])
      #expect((1..<30).contains(report.added) && report.unchanged == 0)
      added += report.added
      unlink(folder.pictures + "/\(added).jpg")
    }
    let count = try await library.statistics().pictures
    #expect(count == added && count >= 27)
    let report = try await whole.run([folder.pictures])
    #expect(report.added == 0 && report.removed + report.unchanged == count)
    for text in ["0/3", "4/3", "1/0", "x/2", "1", "1/2/3", "-1/2"] {
      #expect(IndexShard(text) == nil)
    }
  }

  @Test(
    "watching takes changes in as they come", .timeLimit(.minutes(1)), arguments: StoreCase.allCases
  )
  func watching(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    try folder.picture("a.jpg", "cat")
    let (library, indexer) = try await Self.indexer(folder, store)
    let pictures = folder.pictures
    let task = Task { try await indexer.watch([pictures], interval: 30) { _ in } }
    while try await library.statistics().pictures < 1 {
      try await Task.sleep(for: .milliseconds(20))
    }
    try folder.picture("sub/b.jpg", "dog")
    while try await library.statistics().pictures < 2 {
      try await Task.sleep(for: .milliseconds(20))
    }
    task.cancel()
    try await task.value
  }

  @Test(
    "names that are not UTF-8 are listed, and odd names are taken", arguments: StoreCase.allCases)
  func names(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    for name in ["a'b%_.jpg", "猫 狗.jpg", "e\u{301}.jpg", "\u{e9}.jpg", "new\nline.jpg"] {
      try folder.picture(name, name)
    }
    let bytes: [CChar] =
      Array((folder.pictures + "/").utf8CString.dropLast()) + [-1, 46, 106, 112, 103, 0]
    close(open(bytes, O_CREAT | O_WRONLY, 0o600))
    let (library, indexer) = try await Self.indexer(folder, store)
    let report = try await indexer.run([folder.pictures])
    #expect(report.added == 5)
    #expect(report.failures.count == 1 && report.failures[0].reason.contains("UTF-8"))
    #expect(try await indexer.run([folder.pictures]).unchanged == 5)
    #expect(try await library.statistics().pictures == 5)
  }
}

/// Cancels the task that reports its progress.
func cancelCurrentTask(_ progress: IndexProgress) {
  if progress.stage == .embedding { withUnsafeCurrentTask { $0?.cancel() } }
}
