import CLIPHub
import CLIPModels
import Foundation
import ModelHub
import TestSupport
import Testing

@Suite("Downloads of presets")
struct DownloadsTests {
  @Test("every published model has a repository on both hubs, and what has none has no download")
  func repositories() throws {
    for model in try Presets.models() {
      let names = HubLayout.allCases.map { model.repository(on: $0) }
      #expect(names.allSatisfy { ($0 == nil) == (model.repository == nil) }, "\(model.name)")
    }
    let first = try #require(try Presets.models().first)
    #expect(first.repository(on: .huggingFace) == "OFA-Sys/chinese-clip-vit-base-patch16")
  }

  @Test("a preset without weights takes its download; named weights, files and folders stay")
  func sources() throws {
    let folder = try TemporaryFolder()
    let cache = ModelCache(folder: folder.url)
    let preset = ModelSource.preset(name: "ViT-B-16", checkpoint: nil)
    #expect(try preset.downloaded(in: cache) == preset)
    let given = ModelSource.preset(name: "ViT-B-16", checkpoint: folder.url)
    #expect(try given.downloaded(in: cache) == given)
    #expect(throws: ModelError.weightsNeeded(preset: "ViT-B-16")) { try ModelFiles.open(preset) }
  }
}
