import CLIPSearch
import Foundation
import TestSupport
import Testing

@Suite("Exchange")
struct ExchangeTests {
  @Test(
    "Chinese-CLIP's features go in and come out with their identifiers",
    arguments: StoreCase.allCases)
  func chineseCLIP(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    let model = WordModel()
    let words = ["cat", "dog", "sky"]
    func line(_ key: String, _ id: String, _ vector: [Float]) -> String {
      #"{"\#(key)": \#(id), "feature": [\#(vector.map { "\($0)" }.joined(separator: ", "))]}"#
    }
    let images = words.enumerated().map {
      line("image_id", "\($0.offset + 700)", model.vector($0.element))
    }
    let texts = words.enumerated().map { line("text_id", "\($0.offset)", model.vector($0.element)) }
    let names = words.enumerated().map {
      #"{"text_id": \#($0.offset), "text": "\#($0.element)", "image_ids": [\#($0.offset + 700)]}"#
    }
    let imagePath = try folder.file("x.img_feat.jsonl", Data(images.joined(separator: "\n").utf8))
    let textPath = try folder.file(
      "x.txt_feat.jsonl", Data((texts.joined(separator: "\n") + "\n\n").utf8))
    let namePath = try folder.file("x_texts.jsonl", Data(names.joined(separator: "\r\n").utf8))
    let library = try await store.open(at: folder.library, model: model, creating: true)
    let features = ChineseCLIPFeatures(library)
    #expect(try await features.importPictures(imagePath) == 3)
    #expect(try await features.importCaptions(textPath, texts: namePath).taken == 3)
    let hits = try await library.search(SearchQuery("dog", limit: 1))
    #expect(hits.map(\.path) == ["image_id:701"] && hits[0].caption == "dog")
    var captions = SearchQuery("sky", limit: 1)
    captions.target = .captions
    #expect(try await library.search(captions).map(\.path) == ["image_id:702"])

    let counts = try await features.export(toPrefix: folder.path + "/new/out")
    #expect(counts.pictures == 3 && counts.captions == 3)
    let again = try await store.open(at: folder.path + "/again", model: model, creating: true)
    let exported = folder.path + "/new/out.img_feat.jsonl"
    #expect(try await ChineseCLIPFeatures(again).importPictures(exported) == 3)
    let found = try await again.search(SearchQuery("dog", limit: 1))
    #expect(found.map(\.path) == ["image_id:701"])
    #expect(abs(found[0].cosine - hits[0].cosine) < 1e-3)
  }

  @Test(
    "a wrong line is named",
    arguments: [
      (#"{"image_id": 1}"#, "'feature' is missing"), ("nonsense", "JSON"),
      (#"{"image_id": [], "feature": [1]}"#, "image_id"),
      (#"{"image_id": 1, "feature": [1, "x"]}"#, "feature"),
    ])
  func wrongLines(line: String, problem: String) async throws {
    let folder = try TemporaryFolder()
    let good = #"{"image_id": 1, "feature": [\#((0..<32).map { "\($0)" }.joined(separator: ","))]}"#
    let path = try folder.file("x.img_feat.jsonl", Data((good + "\n\n" + line).utf8))
    let library = try await PictureLibrary.open(
      at: folder.library, model: WordModel(), creating: true)
    let error = await #expect(throws: SearchError.self) {
      try await ChineseCLIPFeatures(library).importPictures(path)
    }
    let sentence = try #require(error).description
    #expect(sentence.contains("line 3") && sentence.contains(problem))
  }

  @Test("clip-retrieval's folders go out and in", arguments: StoreCase.allCases)
  func clipRetrieval(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    let library = try await PictureLibraryTests.library(folder, store, ["cat", "dog", "sky"])
    try await library.setCaption("a dog", of: 2)
    #expect(try await ClipRetrievalFolder(library).export(to: folder.path + "/out") == 3)
    let again = try await store.open(
      at: folder.path + "/again", model: WordModel(), creating: true)
    #expect(
      try await ClipRetrievalFolder(again).importPictures(from: folder.path + "/out").taken == 3)
    let hits = try await again.search(SearchQuery("dog", limit: 1))
    #expect(hits.map(\.path) == ["/dog"] && hits[0].caption == "a dog")
    // NumPy's own notation, as its documentation gives it.
    let bytes = try Data(
      contentsOf: URL(fileURLWithPath: folder.path + "/out/img_emb/img_emb_0.npy"))
    #expect(bytes.prefix(8) == Data([0x93] + Array("NUMPY".utf8) + [1, 0]))
    #expect(bytes.count == 128 + 3 * 32 * 2)
    let metadata = folder.path + "/out/metadata/metadata_0.jsonl"
    try FileManager.default.moveItem(
      atPath: metadata, toPath: folder.path + "/out/metadata/metadata_0.parquet")
    let error = await #expect(throws: SearchError.self) {
      try await ClipRetrievalFolder(again).importPictures(from: folder.path + "/out")
    }
    #expect(try #require(error).description.contains("read_parquet"))
  }

  @Test("damaged NumPy files are refused")
  func numpy() async throws {
    let folder = try TemporaryFolder()
    let library = try await PictureLibrary.open(
      at: folder.library, model: WordModel(), creating: true)
    func header(_ text: String) -> Data {
      Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8))
    }
    let files = [
      Data(), Data("not numpy at all".utf8), header("{'descr': '<f4'}"),
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (4, 32), }"),
      header("{'descr': '>f4', 'fortran_order': False, 'shape': (0, 32), }"),
      header("{'descr': '<f4', 'fortran_order': True, 'shape': (0, 32), }"),
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 9), }"),
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (-3, 4), }"),
      Data([0x93] + Array("NUMPY".utf8) + [2, 0, 255, 255, 255, 255, 0, 0]),
    ]
    try folder.file("metadata/metadata_0.jsonl", Data("{}\n{}\n{}\n{}\n".utf8))
    for data in files {
      try folder.file("img_emb/img_emb_0.npy", data)
      await #expect(throws: SearchError.self) {
        try await ClipRetrievalFolder(library).importPictures(from: folder.pictures)
      }
    }
  }
}
