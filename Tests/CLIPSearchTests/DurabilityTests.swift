import CLIPSearch
import Foundation
import TestSupport
import Testing

/// What happens to a library when its processes or its disk fail.
@Suite("Durability", .serialized)
struct DurabilityTests {
  /// Indexes a folder in this process and kills the process after a while, as `kill -9` does.
  static func indexAndDie(folder: String, after milliseconds: Int) async throws {
    let killer = Thread {
      usleep(UInt32(milliseconds) * 1000)
      kill(getpid(), SIGKILL)
    }
    killer.start()
    var model = WordModel()
    model.delay = .milliseconds(3)
    let library = try await PictureLibrary.open(
      at: folder + "/library", model: model, creating: true)
    var options = IndexOptions()
    options.batchSize = 3
    _ = try await Indexer(library, options: options).run([folder + "/pictures"])
    // Done before its time: wait for the end, so that the exit is always the same.
    while true { try await Task.sleep(for: .seconds(1)) }
  }

  @Test("killed again and again, and two at once, a library loses and doubles nothing")
  func kills() async throws {
    let folder = try TemporaryFolder()
    for number in 0..<150 { try folder.picture("\(number).jpg", "cat \(number)") }
    var generator = SplitMix(state: UInt64(getpid()))
    for _ in 0..<6 {
      let delays = (0..<2).map { _ in Int.random(in: 20...260, using: &generator) }
      async let first = #expect(processExitsWith: .signal(SIGKILL)) {
        [path = folder.path as String, delay = delays[0] as Int] in
        try await Self.indexAndDie(folder: path, after: delay)
      }
      async let second = #expect(processExitsWith: .signal(SIGKILL)) {
        [path = folder.path as String, delay = delays[1] as Int] in
        try await Self.indexAndDie(folder: path, after: delay)
      }
      _ = await (first, second)
      guard let library = try? await PictureLibrary.open(at: folder.library, model: WordModel())
      else {
        continue
      }
      // Whatever is there is whole: every picture has its vector, and is found by it.
      let statistics = try await library.statistics()
      #expect(statistics.pictures == statistics.vectors)
      let pictures = try await library.pictures(where: nil, order: .added, limit: 1000)
      #expect(Set(pictures.map(\.path)).count == pictures.count)
      for picture in pictures.shuffled(using: &generator).prefix(3) {
        let name = URL(fileURLWithPath: picture.path).deletingPathExtension().lastPathComponent
        let hits = try await library.search(SearchQuery("cat \(name)", limit: 1))
        #expect(hits.first?.path == picture.path)
      }
    }
    let (library, indexer) = try await IndexerTests.indexer(folder)
    let before = try await library.statistics().pictures
    let report = try await indexer.run([folder.pictures])
    #expect(report.unchanged == before && report.added == 150 - before)
    #expect(try await library.search(SearchQuery("cat", limit: 1000)).count == 150)
    #expect(try await IndexerTests.paths(library).count == 150)
  }

  /// A disk of its own in memory, where the tests may mount one.
  final class SmallDisk {
    let path: String

    init?(kibibytes: Int) {
      path = NSTemporaryDirectory() + "clip-search-disk-\(UUID().uuidString)"
      mkdir(path, 0o700)
      guard mount("tmpfs", path, "tmpfs", 0, "size=\(kibibytes)k") == 0 else {
        rmdir(path)
        return nil
      }
    }

    func grow(kibibytes: Int) {
      #expect(mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT), "size=\(kibibytes)k") == 0)
    }

    func setReadOnly() {
      #expect(mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), nil) == 0)
    }

    /// Leaves no room for anything.
    func fill() throws {
      #expect(FileManager.default.createFile(atPath: path + "/ballast", contents: nil))
      let ballast = try #require(FileHandle(forWritingAtPath: path + "/ballast"))
      for size in [1 << 18, 1 << 12, 1] {
        while (try? ballast.write(contentsOf: Data(count: size))) != nil {}
      }
      try? ballast.close()
    }

    deinit {
      umount2(path, Int32(MNT_DETACH))
      rmdir(path)
    }
  }

  @Test("a full disk stops indexing with a sentence, and nothing that was done is lost")
  func fullDisk() async throws {
    // Only root may mount a disk.
    guard let disk = SmallDisk(kibibytes: 700) else { return }
    let folder = try TemporaryFolder()
    for number in 0..<1500 { try folder.picture("\(number).jpg", "cat \(number)") }
    let model = WordModel(embeddingDimension: 512)
    let library = try await PictureLibrary.open(at: disk.path + "/l", model: model, creating: true)
    let error = await #expect(throws: SearchError.self) {
      try await Indexer(library).run([folder.pictures])
    }
    #expect(try #require(error).description.contains("full"))
    let done = try await library.statistics()
    #expect(done.pictures > 0 && done.pictures < 1500 && done.pictures == done.vectors)
    let hits = try await library.search(SearchQuery("cat", limit: 2000))
    #expect(hits.count == done.pictures)
    disk.grow(kibibytes: 40_000)
    let report = try await Indexer(library).run([folder.pictures])
    #expect(report.unchanged == done.pictures && report.added == 1500 - done.pictures)
  }

  @Test("without room for its file the search goes on from memory")
  func noRoomForVectors() async throws {
    guard let disk = SmallDisk(kibibytes: 16_000) else { return }
    let model = WordModel(embeddingDimension: 512)
    let library = try await PictureLibrary.open(at: disk.path + "/l", model: model, creating: true)
    try await library.importPictures(
      (0..<3000).map { ImportedPicture(path: "/\($0)", vector: model.vector("cat \($0)")) })
    try disk.fill()
    let opened = try await PictureLibrary.open(at: disk.path + "/l", model: model)
    let hits = try await opened.search(SearchQuery("cat 2718", limit: 1))
    #expect(hits.first?.path == "/2718")
    #expect(!FileManager.default.fileExists(atPath: disk.path + "/l/pictures.vectors"))
  }
}
