import CLIPSearch
import Foundation
import TestSupport
import Testing

/// The library's folder as other programs and people find it: rights, moves, odd disks.
@Suite("LibraryDatabase", .serialized)
struct LibraryFolderTests {
  private static let model = WordModel(embeddingDimension: 512)

  private static func fill(_ path: String, _ count: Int) async throws {
    let library = try await PictureLibrary.open(at: path, model: model, creating: true)
    try await library.importPictures(
      (0..<count).map { ImportedPicture(path: "/\($0)", vector: model.vector("cat \($0)")) })
    try await library.compact()
  }

  private static func finds(_ path: String, _ number: Int) async throws -> String? {
    let library = try await PictureLibrary.open(at: path, model: model)
    return try await library.search(SearchQuery("cat \(number)", limit: 1)).first?.path
  }

  @Test("a library on a read-only disk is searched, and refuses to be written with a sentence")
  func readOnlyDisk() async throws {
    guard let disk = DurabilityTests.SmallDisk(kibibytes: 40_000) else { return }
    try await Self.fill(disk.path + "/l", 3000)
    let before = try Set(FileManager.default.contentsOfDirectory(atPath: disk.path + "/l"))
    disk.setReadOnly()
    #expect(try await Self.finds(disk.path + "/l", 2718) == "/2718")
    let library = try await PictureLibrary.open(at: disk.path + "/l", model: Self.model)
    #expect(try await library.statistics().pictures == 3000)
    let error = await #expect(throws: SearchError.self) {
      try await library.setCaption("cat", of: 1)
    }
    #expect(try #require(error).description.contains("written"))
    #expect(try Set(FileManager.default.contentsOfDirectory(atPath: disk.path + "/l")) == before)
  }

  @Test("changes that are only in the log of a read-only library are a sentence that says so")
  func readOnlyLog() async throws {
    guard let disk = DurabilityTests.SmallDisk(kibibytes: 40_000) else { return }
    let folder = try TemporaryFolder()
    let open = try await PictureLibrary.open(at: folder.library, model: Self.model, creating: true)
    try await open.importPictures([
      ImportedPicture(path: "/a", vector: Self.model.vector("cat"))
    ])
    // As after a power cut, or a backup that was made while somebody wrote: the log is not merged.
    mkdir(disk.path + "/l", 0o700)
    for name in ["library.sqlite", "library.sqlite-wal"] {
      try FileManager.default.copyItem(
        atPath: folder.library + "/" + name, toPath: disk.path + "/l/" + name)
    }
    disk.setReadOnly()
    let error = await #expect(throws: SearchError.self) {
      try await PictureLibrary.open(at: disk.path + "/l", model: Self.model)
    }
    let sentence = try #require(error).description
    #expect(sentence.contains("library.sqlite-wal") && sentence.contains("copy the folder"))
    withExtendedLifetime(open) {}
  }

  @Test("memory of a file that is shortened while it is read gives zeros, and says so")
  func shortenedMemory() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("x", Data(repeating: 7, count: 1 << 20))
    let block = try #require(MemoryBlock(fileAt: path))
    #expect(block.isWhole && block.base.load(fromByteOffset: 4096, as: UInt8.self) == 7)
    truncate(path, 4096)
    #expect(block.base.load(fromByteOffset: 900_000, as: UInt8.self) == 0)
    #expect(block.base.load(as: UInt8.self) == 7)
    #expect(!block.isWhole)
  }

  @Test("a library on a full disk is searched by a new process, and written when there is room")
  func fullDisk() async throws {
    guard let disk = DurabilityTests.SmallDisk(kibibytes: 8000) else { return }
    try await Self.fill(disk.path + "/l", 1000)
    try disk.fill()
    #expect(try await Self.finds(disk.path + "/l", 271) == "/271")
    disk.grow(kibibytes: 20_000)
    let library = try await PictureLibrary.open(at: disk.path + "/l", model: Self.model)
    try await library.setCaption("cat", of: 1)
    #expect(try await library.picture(1)?.caption == "cat")
  }

  @Test("a library that is moved keeps the pictures that were added to it, and deletes them")
  func moved() async throws {
    let folder = try TemporaryFolder()
    let old = try await PictureLibrary.open(at: folder.library, model: WordModel(), creating: true)
    let id = try await old.add(Data("PICTURE dog".utf8), named: "dog.jpg").id
    let elsewhere = folder.path + "/elsewhere/library"
    try FileManager.default.createDirectory(
      atPath: folder.path + "/elsewhere", withIntermediateDirectories: true)
    try FileManager.default.moveItem(atPath: folder.library, toPath: elsewhere)
    let library = try await PictureLibrary.open(at: elsewhere, model: WordModel())
    let path = try #require(try await library.picture(id)?.path)
    #expect(path.hasPrefix(elsewhere + "/pictures/"))
    #expect(try await library.id(ofPath: path) == id)
    #expect(FileManager.default.contents(atPath: path) == Data("PICTURE dog".utf8))
    #expect(try await library.search(SearchQuery("dog", limit: 1)).first?.path == path)
    #expect(try await library.folders().map(\.path) == [elsewhere + "/pictures"])
    #expect(try await library.count(where: PictureFilter("folder = '\(elsewhere)/pictures'")) == 1)
    #expect(try await library.count(where: PictureFilter("path = '\(path)'")) == 1)
    #expect(try await !library.add(Data("PICTURE dog".utf8), named: "again.jpg").isNew)
    #expect(try await library.delete([id]) == 1)
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("a file of vectors that is shortened while the library is open is made again")
  func shortened() async throws {
    let folder = try TemporaryFolder()
    try await Self.fill(folder.library, 3000)
    let library = try await PictureLibrary.open(at: folder.library, model: Self.model)
    let query = SearchQuery("cat 2718", limit: 1)
    #expect(try await library.search(query).first?.path == "/2718")
    let file = folder.library + "/pictures.vectors"
    for size in [100_000, 0] {
      truncate(file, off_t(size))
      #expect(try await library.search(query).first?.path == "/2718")
      #expect(try await library.duplicates(threshold: 0.9999).isEmpty)
    }
    let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int
    #expect(try #require(size) > 3000 * 512 * 3)
  }

  @Test("what the program makes in a library is for its owner alone, whatever the umask")
  func rights() async throws {
    let folder = try TemporaryFolder()
    let old = umask(0o022)
    defer { umask(old) }
    try await Self.fill(folder.library, 3000)
    let library = try await PictureLibrary.open(at: folder.library, model: Self.model)
    _ = try await library.search(SearchQuery("cat 1", limit: 1))
    _ = try await library.add(Data("PICTURE dog".utf8), named: "dog.jpg")
    let walk = FileManager.default.enumerator(atPath: folder.library)
    let names = [""] + (walk?.compactMap { $0 as? String } ?? [])
    #expect(names.count > 5)
    for name in names {
      var status = stat()
      #expect(lstat(folder.library + "/" + name, &status) == 0)
      #expect(status.st_mode & 0o077 == 0, "\(name) has \(String(status.st_mode, radix: 8))")
    }
  }
}
