import CLIPModels
import Checkpoints
import TestSupport
import Testing

@Suite("Families of checkpoints")
struct CheckpointFamilyTests {
  @Test("Chinese-CLIP's training keeps its names, without BERT's pooler")
  func chineseCLIP() throws {
    for name in ["chinese-clip.pt", "chinese-clip-legacy.pt"] {
      let checkpoint = try Checkpoint.open(checkpointFixture(name))
      #expect(checkpoint.family == .chineseCLIP)
      let (native, report) = try checkpoint.native()
      #expect(report.dropped == ["bert.pooler.dense.weight"])
      #expect(report.leftOver.isEmpty && report.renamed.isEmpty)
      #expect(native.names.count == 71)
    }
  }

  @Test("OpenAI's CLIP gives the image tower and the temperature")
  func openAI() throws {
    let checkpoint = try Checkpoint.open(checkpointFixture("openai-clip.pt"))
    #expect(checkpoint.family == .openAICLIP)
    let (native, report) = try checkpoint.native()
    #expect(native.names.allSatisfy { $0.hasPrefix("visual.") || $0 == "logit_scale" })
    #expect(native.names.count == 21)
    #expect(report.dropped.contains("text_projection"))
    #expect(report.dropped.contains("transformer.resblocks.0.weight"))
    #expect(report.leftOver.isEmpty)
    for name in native.names {
      #expect(try native.values(name) == filling(name, native[name]?.count ?? 0), "\(name)")
    }
  }

  @Test("Hugging Face folders are told by their names", arguments: ["hf", "hf-shards", "hf-bin"])
  func huggingFace(name: String) throws {
    let checkpoint = try Checkpoint.open(checkpointFixture(name))
    #expect(checkpoint.family == .huggingFaceChineseCLIP)
    #expect(try checkpoint.native().checkpoint.names.count == 71)
  }
}
