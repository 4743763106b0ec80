import CLIPImages
import CLIPModels
import CLIPSearch
import Foundation
import TestSupport
import Testing

/// A model that really decodes: its vectors are the pixels of a tiny copy.
struct PixelModel: EmbeddingModel {
  let name = "pixels"
  let fingerprint = "pixels-1"
  let embeddingDimension = 4 * 4 * 3
  let logitScale: Float = 10

  func preprocess(_ picture: Data) throws -> RGBImage { try ImagePreprocessor(size: 4)(picture) }

  func embeddings(of images: [RGBImage]) async throws -> Embeddings {
    Embeddings(dimension: 48, rows: images.map { $0.pixels.map { Float($0) + 1 } })
  }

  func embeddings(of texts: [String]) async throws -> Embeddings {
    Embeddings(
      dimension: 48, rows: texts.map { text in (0..<48).map { Float(text.utf8.count + $0) } })
  }
}

@Suite("Hostile pictures")
struct HostilePictureTests {
  static func image(_ width: Int, _ height: Int, seed: UInt64) throws -> RGBImage {
    var generator = SplitMix(state: seed)
    let color = (0..<3).map { _ in UInt8.random(in: 0...255, using: &generator) }
    return try RGBImage(
      width: width, height: height,
      pixels: (0..<width * height * 3).map { color[$0 % 3] ^ UInt8($0 / 97 % 16) })
  }

  @Test("broken, cut, swollen and lying files are listed, and the good ones are found")
  func indexing() async throws {
    let folder = try TemporaryFolder()
    let good = try PictureWriter.jpeg(Self.image(200, 100, seed: 1))
    let png = try PictureWriter.png(Self.image(60, 90, seed: 2))
    try folder.file("good.jpg", good)
    try folder.file("good.png", png)
    try folder.file("misnamed.gif", png)
    try folder.file("cut.png", png.prefix(png.count / 2))
    try folder.file("head.jpg", good.prefix(20))
    try folder.file("zeros.webp", Data(count: 5000))
    var bomb = png
    // 60,000 by 60,000 pixels, with the check sum that belongs to them.
    bomb.replaceSubrange(16..<24, with: [0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60])
    try folder.file("bomb.png", bomb)
    var generator = SplitMix(state: 5)
    for number in 0..<60 {
      var data = number.isMultiple(of: 2) ? good : png
      for _ in 0..<8 {
        data[Int.random(in: 2..<data.count, using: &generator)] = .random(
          in: 0...255, using: &generator)
      }
      try folder.file("mutant-\(number).jpg", data)
    }
    let library = try await PictureLibrary.open(
      at: folder.library, model: PixelModel(), creating: true)
    let report = try await Indexer(library).run([folder.pictures])
    let names = report.failures.map { URL(fileURLWithPath: $0.path).lastPathComponent }
    #expect(
      names.contains("head.jpg") && names.contains("zeros.webp") && names.contains("bomb.png"))
    #expect(report.added + report.failures.count == 67)
    let hits = try await library.search(SearchQuery(image: good, limit: 1))
    #expect(hits.first.map { $0.cosine > 0.999 } == true)
    let id = try #require(try await library.id(ofPath: folder.pictures + "/good.png"))
    let picture = try #require(try await library.picture(id))
    #expect(picture.width == 60 && picture.height == 90 && picture.format == "png")
    // Thumbnails of whatever was taken in, and of nothing else, without a crash.
    for picture in try await library.pictures(where: nil, order: .added, limit: 100) {
      _ = try? await library.thumbnail(of: picture.id, side: 160)
    }
  }

  @Test(
    "thumbnails keep proportions, are kept, and change with the picture",
    arguments: StoreCase.allCases)
  func thumbnails(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("a.jpg", try PictureWriter.jpeg(Self.image(800, 400, seed: 3)))
    let library = try await store.open(at: folder.library, model: PixelModel(), creating: true)
    _ = try await Indexer(library).run([folder.pictures])
    let first = try await library.thumbnail(of: 1, side: 100)
    let header = try ImageDecoder().header(of: first)
    #expect(header.width == 160 && header.height == 80)
    #expect(try await library.thumbnail(of: 1, side: 160) == first)
    #expect(
      try ImageDecoder().header(of: await library.thumbnail(of: 1, side: 9999)).width == 800)
    try PictureWriter.jpeg(Self.image(300, 600, seed: 4)).write(to: URL(fileURLWithPath: path))
    _ = try await Indexer(library).run([folder.pictures])
    #expect(try await library.thumbnail(of: 1, side: 160) != first)
    await #expect(throws: SearchError.noPicture(id: 2)) { try await library.thumbnail(of: 2) }
    try await library.discardThumbnails()
    #expect(try await library.thumbnail(of: 1).isEmpty == false)
  }

  @Test(
    "bytes that are added become a picture once, under a harmless name",
    arguments: StoreCase.allCases)
  func adding(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    let library = try await store.open(at: folder.library, model: PixelModel(), creating: true)
    let data = try PictureWriter.png(Self.image(20, 10, seed: 6))
    let first = try await library.add(
      data, named: "../../../etc/pass\u{0}wd\n:.exe", caption: "一张图", tags: ["甲"])
    #expect(first.isNew)
    let picture = try #require(try await library.picture(first.id))
    #expect(picture.path.hasPrefix(folder.library + "/pictures/"))
    #expect(picture.path.hasSuffix("-passwd.png"))
    #expect(picture.caption == "一张图" && picture.tags == ["甲"] && picture.width == 20)
    let again = try await library.add(data, named: "other.png")
    #expect(!again.isNew && again.id == first.id)
    await #expect(throws: (any Error).self) {
      try await library.add(Data("no picture".utf8), named: "x.jpg")
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.library + "/pictures")
    #expect(files.count == 1)
    #expect(try await library.data(of: first.id) == data)
    try await library.delete([first.id])
    #expect(!FileManager.default.fileExists(atPath: picture.path))
    #expect(try await library.add(data, named: String(repeating: "长", count: 300)).isNew)
  }

  @Test("a contact sheet and a page show what was found", arguments: StoreCase.allCases)
  func outputs(_ store: StoreCase) async throws {
    let folder = try TemporaryFolder()
    for number in 0..<7 {
      try folder.file(
        "<b>\(number)&.jpg", try PictureWriter.jpeg(Self.image(90, 60, seed: UInt64(number))))
    }
    let library = try await store.open(at: folder.library, model: PixelModel(), creating: true)
    _ = try await Indexer(library).run([folder.pictures])
    try FileManager.default.removeItem(atPath: folder.pictures + "/<b>3&.jpg")
    let hits = try await library.search(SearchQuery("x", limit: 7))
    let sheet = try await ImageDecoder().header(of: ContactSheet().png(of: hits, in: library))
    #expect(sheet.width == 16 + 4 * 256 && sheet.height == 16 + 2 * (240 + 42))
    _ = try await ContactSheet().png(of: [], in: library)
    let page = try await ResultPage().html(of: hits, title: "<script>{{hits}}", in: library)
    #expect(!page.contains("<script>") && !page.contains("<b>0&") && !page.contains("{{"))
    #expect(page.components(separatedBy: "data:image/jpeg;base64,").count == 7)
    #expect(!page.contains("http://") && !page.contains("https://"))
    #expect(page.contains("图片文件已不在"))
    #expect(try await ResultPage().html(of: [], title: "无", in: library).contains("没有找到"))
  }
}
