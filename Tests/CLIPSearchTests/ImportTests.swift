import CLIPSearch
import Foundation
import TestSupport
import Testing

/// Folders and files that other programs, or strangers, have made.
@Suite("ClipRetrievalFolder+Import")
struct ImportTests {
  private let model = WordModel()

  /// Writes a partition of single-precision vectors of words, and a line of metadata for each.
  private func partition(
    _ folder: TemporaryFolder, _ name: String, _ words: [String],
    lines: [String]? = nil, vectors: [[Float]]? = nil
  ) throws {
    let vectors = vectors ?? words.map(model.vector)
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(vectors.count), 32), }"
    var data = Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0])
    data += Data(text.utf8)
    for number in vectors.joined() {
      withUnsafeBytes(of: number.bitPattern.littleEndian) { data.append(contentsOf: $0) }
    }
    try folder.file("img_emb/img_emb_\(name).npy", data)
    let lines = lines ?? words.map { #"{"image_path": "\#($0).jpg"}"# }
    try folder.file("metadata/metadata_\(name).jsonl", Data(lines.joined(separator: "\n").utf8))
  }

  private func taken(
    _ folder: TemporaryFolder, _ store: StoreCase, pictureFolders: [String] = []
  ) async throws -> (PictureLibrary, ImportReport) {
    let library = try await store.open(at: folder.library, model: model, creating: true)
    let report = try await ClipRetrievalFolder(library)
      .importPictures(from: folder.pictures, pictureFolders: pictureFolders)
    return (library, report)
  }

  @Test(
    "partitions with gaps and leading zeros are all read, and relative paths lie in the folder",
    arguments: StoreCase.allCases)
  func partitions(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    for name in ["0", "1", "3", "00012", "7"] { try partition(folder, name, ["cat \(name)"]) }
    let (library, report) = try await taken(folder, store)
    #expect(report.taken == 5 && report.omitted == 0)
    let paths = try await library.pictures(where: nil, order: .added, limit: 10).map(\.path)
    #expect(paths == ["0", "1", "3", "7", "00012"].map { "\(folder.pictures)/cat \($0).jpg" })
  }

  @Test(
    "what does not belong together is left out, named and counted", arguments: StoreCase.allCases)
  func omissions(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    try partition(folder, "0", ["cat", "dog"])
    try partition(folder, "1", ["a", "b", "c"], lines: ["{}", "{}"])
    try partition(folder, "2", ["a"])
    try FileManager.default.removeItem(atPath: folder.pictures + "/metadata/metadata_2.jsonl")
    try folder.file("metadata/metadata_4.jsonl", Data("{}\n{}\n".utf8))
    try folder.file("img_emb/notes.txt", Data("x".utf8))
    try partition(
      folder, "5", [], lines: ["{}", "{}", "{}"],
      vectors: [
        model.vector("sky"), [Float](repeating: .nan, count: 32), [Float](repeating: 0, count: 32),
      ])
    let (library, report) = try await taken(folder, store)
    #expect(report.taken == 3 && report.omitted == 3 + 1 + 2 + 1 + 2)
    func reason(_ source: String) -> ImportReport.Omission? {
      report.omissions.first { $0.source.contains(source) }
    }
    #expect(reason("img_emb_1.npy")?.reason.contains("2 lines for its 3 vectors") == true)
    #expect(reason("img_emb_2.npy")?.reason.contains("metadata_2.jsonl") == true)
    #expect(reason("metadata_4.jsonl")?.count == 2)
    #expect(reason("notes.txt") != nil)
    #expect(reason("img_emb_5.npy, row 1")?.count == 2)
    #expect(try await library.statistics().vectors == 3)
  }

  @Test("nothing to take in is an error", arguments: StoreCase.allCases)
  func nothing(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    try partition(folder, "0", ["a"], lines: [])
    await #expect(throws: SearchError.self) { try await taken(folder, store) }
  }

  @Test("a stranger's metadata shows no file of the machine", arguments: StoreCase.allCases)
  func confined(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    let picture = try folder.write(ImportTests.pixel, to: "private/photo.bmp").path
    try partition(
      folder, "0", ["a", "b", "c", "d", "e"],
      lines: [
        #"{"image_path": "\#(picture)"}"#, #"{"image_path": "../private/photo.bmp"}"#,
        #"{"image_path": "/etc/passwd"}"#, #"{"key": "./pictures/x"}"#,
        #"{"url": "https://example.org/x.jpg"}"#,
      ])
    let (library, report) = try await taken(folder, store)
    #expect(report.taken == 3 && report.omitted == 2)
    #expect(report.outside == 2 && report.outsideFolder == folder.path + "/private")
    for picture in try await library.pictures(where: nil, order: .added, limit: 10) {
      await #expect(throws: SearchError.self) { try await library.data(of: picture.id) }
      await #expect(throws: SearchError.self) { try await library.thumbnail(of: picture.id) }
    }
    // What a person names is shown, pictures only.
    let (named, again) = try await taken(
      folder, store, pictureFolders: [folder.path + "/private", "/etc"])
    #expect(again.outside == 0)
    #expect(try await named.data(of: 1) == ImportTests.pixel)
    await #expect(throws: SearchError.self) { try await named.data(of: 2) }
  }

  @Test("identifiers do not lead out of the folder of --paths", arguments: StoreCase.allCases)
  func identifiers(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    let library = try await store.open(at: folder.library, model: model, creating: true)
    let vector = model.vector("cat").map { "\($0)" }.joined(separator: ",")
    let path = try folder.file(
      "x.img_feat.jsonl",
      Data(
        (#"{"image_id": 1, "feature": [\#(vector)]}"# + "\n"
          + #"{"image_id": "../../x", "feature": [\#(vector)]}"#).utf8))
    let features = ChineseCLIPFeatures(library)
    let error = await #expect(throws: SearchError.self) {
      try await features.importPictures(path, pathTemplate: folder.pictures + "/img/{id}.jpg")
    }
    #expect(try #require(error).description.contains("line 2"))
    await #expect(throws: SearchError.self) {
      try await features.importPictures(path, pathTemplate: folder.pictures + "/img/all.jpg")
    }
    #expect(try await library.statistics().pictures == 0)
  }

  @Test(
    "numbers that are none are never taken in, whoever gives them", arguments: StoreCase.allCases)
  func notFinite(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    let nothing = (0..<32).map { $0 == 7 ? "1e99" : "1" }.joined(separator: ",")
    let path = try folder.file(
      "x.img_feat.jsonl", Data(#"{"image_id": 1, "feature": [\#(nothing)]}"#.utf8))
    let library = try await store.open(at: folder.library, model: model, creating: true)
    await #expect(throws: SearchError.self) {
      try await ChineseCLIPFeatures(library).importPictures(path)
    }
    var broken = model
    broken.isBroken = true
    try await library.use(broken)
    let picture = try folder.picture("a.jpg", "cat")
    let notFinite = SearchError.notFinite(model: "words")
    await #expect(throws: notFinite) { try await Indexer(library).run([picture]) }
    await #expect(throws: notFinite) {
      try await library.add(Data("PICTURE dog".utf8), named: "dog.jpg")
    }
    try await library.importPictures([ImportedPicture(path: "/a", vector: model.vector("cat"))])
    await #expect(throws: notFinite) { try await library.search(SearchQuery("cat")) }
    await #expect(throws: notFinite) { try await library.setCaption("cat", of: 1) }
    #expect(try await library.statistics().pictures == 1)
  }

  /// The smallest picture: one red pixel.
  static let pixel = Data(
    [0x42, 0x4d, 58, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0]
      + [24, 0] + [UInt8](repeating: 0, count: 24) + [0, 0, 255, 0])
}
