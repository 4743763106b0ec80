import Foundation
import ModelHub
import Testing

@Suite("The cache folder")
struct ModelCacheTests {
  @Test("CNCLIP_CACHE names the folder; without it, it is in the user's home")
  func folder() {
    #expect(ModelCache(environment: ["CNCLIP_CACHE": "/data/models"]).folder.path == "/data/models")
    for environment in [[:], ["CNCLIP_CACHE": ""]] {
      #expect(ModelCache(environment: environment).folder.path.hasSuffix("/.cache/cnclip"))
    }
  }

  @Test("each hub, repository and revision has a folder of its own")
  func folders() throws {
    let cache = ModelCache(folder: URL(filePath: "/cache"))
    let repositories = try [
      HubRepository("a/b"), HubRepository("a/b", revision: "refs/pr/1"),
      HubRepository("a/b", layout: .modelScope), HubRepository("b"),
    ]
    #expect(
      repositories.map { cache.folder(of: $0).path } == [
        "/cache/huggingface/a/b/main", "/cache/huggingface/a/b/refs%2Fpr%2F1",
        "/cache/modelscope/a/b/master", "/cache/huggingface/b/main",
      ])
  }

  @Test("a record that is damaged counts as none")
  func damagedRecord() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let cache = ModelCache(folder: folder)
    let repository = try HubRepository("a/b")
    let place = cache.folder(of: repository)
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    try Data(#"{"listing": [{"path": "x""#.utf8).write(to: place.appending(path: ".cnclip.json"))
    #expect(cache.location(of: repository, files: ["x"]) == nil)
  }
}
