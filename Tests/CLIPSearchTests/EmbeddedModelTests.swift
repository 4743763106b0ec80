import CLIPEmbeddedModel
import CLIPModels
import CLIPSearch
import Foundation
import TestSupport
import Testing

/// The library with the model that comes with the package.
@Suite("CLIP+EmbeddingModel")
struct EmbeddedModelTests {
  /// The demo pictures of this package, beside its sources.
  static let pictures = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Demo/pictures").path

  @Test(
    "Chinese words find demo pictures",
    .enabled(if: FileManager.default.fileExists(atPath: pictures)))
  func demo() async throws {
    let folder = try TemporaryFolder()
    let library = try await PictureLibrary.open(
      at: folder.library, model: try CLIP.embedded(), creating: true)
    let report = try await Indexer(library).run([Self.pictures])
    #expect(report.added > 5 && report.failures.isEmpty)
    for (text, name) in [("飞机", "airplane"), ("热气球", "balloon"), ("骆驼", "camel")] {
      let hits = try await library.search(SearchQuery(text, limit: 3))
      #expect(hits.contains { $0.path.contains(name) }, "\(text): \(hits.map(\.path))")
      let best = try #require(hits.first?.probability)
      #expect(best > 0.02 && best <= 1)
    }
  }
}
