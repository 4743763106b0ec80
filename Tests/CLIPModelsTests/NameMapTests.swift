import CLIPModels
import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("Name maps")
struct NameMapTests {
  @Test("a Hugging Face model becomes Chinese-CLIP's: transposed projections, stacked attention")
  func huggingFace() throws {
    let (native, report) = try Checkpoint.open(checkpointFixture("hf-bin")).native()
    let reference = try Checkpoint.open(checkpointFixture("chinese-clip.pt")).native().checkpoint
    #expect(Set(native.names) == Set(reference.names))
    for name in native.names { #expect(native[name]?.shape == reference[name]?.shape, "\(name)") }
    #expect(
      report.dropped.sorted() == [
        "text_model.embeddings.position_ids", "vision_model.embeddings.position_ids",
      ])
    #expect(report.leftOver.isEmpty)

    let foreign = filling("visual_projection.weight", 32)
    let transposed = (0..<8).flatMap { row in (0..<4).map { foreign[$0 * 8 + row] } }
    #expect(try native.values("visual.proj") == transposed)
    let attention = "vision_model.encoder.layers.1.self_attn"
    #expect(
      try native.values("visual.transformer.resblocks.1.attn.in_proj_weight")
        == ["q", "k", "v"].flatMap { filling("\(attention).\($0)_proj.weight", 64) })
    #expect(
      try native.values("visual.transformer.resblocks.1.attn.in_proj_bias")
        == ["q", "k", "v"].flatMap { filling("\(attention).\($0)_proj.bias", 8) })
    #expect(
      try native.values("visual.ln_pre.weight") == filling("vision_model.pre_layrnorm.weight", 8))
    #expect(
      try native.values("bert.encoder.layer.1.output.dense.weight")
        == filling("text_model.encoder.layer.1.output.dense.weight", 128))
    #expect(
      report.renamed.contains {
        $0.found.count == 3 && $0.became == ["visual.transformer.resblocks.0.attn.in_proj_bias"]
      })
  }

  @Test("native to Hugging Face and back is the same, bit by bit")
  func huggingFaceRoundTrip() throws {
    let native = try Checkpoint.open(checkpointFixture("chinese-clip.pt")).native().checkpoint
    let (foreign, report) = try NameMap.huggingFace(native, .fromNative)
    #expect(report.leftOver.isEmpty)
    #expect(Set(foreign.names) == Set(try Checkpoint.open(checkpointFixture("hf")).names))
    let again = try NameMap.huggingFace(foreign).checkpoint
    #expect(try again.content() == native.content())
  }

  @Test("the names of flash attention are undone and redone, bit by bit")
  func flashAttention() throws {
    let flash = try Checkpoint.open(checkpointFixture("chinese-clip-flash.pt"))
    #expect(flash["bert.encoder.layer.0.attention.self.Wqkv.weight"]?.shape == [24, 8])
    let (native, report) = try flash.native()
    let reference = try Checkpoint.open(checkpointFixture("chinese-clip.pt")).native().checkpoint
    #expect(try native.content() == reference.content())
    #expect(report.renamed.count == 2 * 2 + 2 * 4)
    let again = try NameMap.flashAttention(native, .fromNative).checkpoint
    #expect(try again.content() == flash.content())
  }

  @Test("a BERT is read with gamma and beta, and without its prefix")
  func bert() throws {
    for name in ["bert-gamma.bin", "bert-bare.bin"] {
      let checkpoint = try Checkpoint.open(checkpointFixture(name))
      #expect(checkpoint.family == .bert)
      let (native, report) = try checkpoint.native()
      #expect(native.names.count == 37)
      #expect(native.names.allSatisfy { $0.hasPrefix("bert.e") && !$0.hasSuffix("gamma") })
      #expect(report.leftOver.isEmpty)
      #expect(report.dropped.contains { $0.contains("pooler") })
      let found =
        name == "bert-gamma.bin" ? "bert.embeddings.LayerNorm.gamma" : "embeddings.LayerNorm.weight"
      #expect(try native.values("bert.embeddings.LayerNorm.weight") == filling(found, 8))
    }
  }

  @Test("MedCLIP's names, with Swin or with a ResNet, arrive and go back, and none is left over")
  func medCLIP() throws {
    let (image, text) = ("vision_model.model", "text_model.model")
    let block = "\(image).encoder.layers.1.blocks.0"
    let parts = [
      "attention.self.query", "attention.self.key", "attention.self.value",
      "attention.output.dense", "layernorm_before", "layernorm_after", "intermediate.dense",
      "output.dense",
    ].flatMap { ["\(block).\($0).weight", "\(block).\($0).bias"] }
    let words = [
      "embeddings.word_embeddings.weight", "embeddings.LayerNorm.bias",
      "encoder.layer.11.attention.self.query.weight", "encoder.layer.0.output.LayerNorm.weight",
    ].map { "\(text).\($0)" }
    let swin =
      parts + [
        "\(block).attention.self.relative_position_bias_table",
        "\(image).embeddings.patch_embeddings.projection.weight",
        "\(image).embeddings.norm.weight", "\(image).encoder.layers.0.downsample.reduction.weight",
        "\(image).layernorm.weight", "vision_model.projection_head.weight",
      ]
    let resNet = ["conv1.weight", "bn1.running_mean", "layer3.5.conv2.weight", "fc.weight"]
      .map { "\(image).\($0)" }
    let unused = [
      "\(block).attention.self.relative_position_index", "\(text).pooler.dense.weight",
      "\(text).embeddings.position_ids",
    ]
    for tower in [swin, resNet] {
      let names =
        tower + words + unused + ["text_model.projection_head.weight", "logit_scale"]
      let checkpoint = try Checkpoint(
        names.enumerated().map { index, name in
          (name, try CheckpointTensor(.uint8, shape: [1, 1], bytes: [UInt8(index)]))
        })
      #expect(checkpoint.family == .medCLIP)
      let (native, report) = try checkpoint.native()
      #expect(report.leftOver.isEmpty, "\(report.leftOver)")
      #expect(report.dropped.sorted() == unused.sorted())
      #expect(native["visual.proj"] != nil && native["text_projection"] != nil)
      #expect(native["bert.encoder.layer.11.attention.self.query.weight"] != nil)
      if tower == swin {
        #expect(native["visual.layers.1.blocks.0.attn.qkv.weight"]?.shape == [3, 1])
        #expect(native["visual.norm.weight"] != nil)
      } else {
        #expect(native["visual.layer3.5.conv2.weight"] != nil)
      }
      let (foreign, back) = try NameMap.medCLIP(native, .fromNative)
      #expect(back.leftOver.isEmpty, "\(back.leftOver)")
      let kept = Set(names).subtracting(unused)
      let expected =
        tower == swin
        ? kept
        : kept.symmetricDifference(
          ["\(image).fc.weight", "vision_model.projection_head.weight"])
      #expect(Set(foreign.names) == expected)
    }
  }

  @Test("a part without its siblings, or of another shape, is an error that names it")
  func incompleteGroups() throws {
    let names = ["q", "k", "v"].map { "vision_model.encoder.layers.0.self_attn.\($0)_proj.weight" }
    let square = try CheckpointTensor(.uint8, shape: [2, 2], bytes: [1, 2, 3, 4])
    let row = try CheckpointTensor(.uint8, shape: [1, 2], bytes: [1, 2])
    for missing in 0..<3 {
      let kept = names.enumerated().filter { $0.offset != missing }.map { ($0.element, square) }
      let checkpoint = try Checkpoint(kept)
      #expect(
        message { _ = try NameMap.huggingFace(checkpoint) }
          .contains("lacks the tensor \(names[missing])"))
    }
    let odd = try Checkpoint([(names[0], square), (names[1], row), (names[2], square)])
    #expect(message { _ = try NameMap.huggingFace(odd) }.contains("the same as its siblings"))
    let flat = try Checkpoint([
      ("text_projection.weight", try CheckpointTensor(.uint8, shape: [1], bytes: [1]))
    ])
    #expect(message { _ = try NameMap.huggingFace(flat) }.contains("expected a matrix"))
    let split = try Checkpoint([("bert.encoder.layer.0.attention.self.Wqkv.weight", square)])
    #expect(message { _ = try NameMap.chineseCLIP(split) }.contains("rows in 3 equal parts"))
  }

  @Test("two names that become one are an error, and unknown ones are left over")
  func collisions() throws {
    let tensor = try CheckpointTensor(.uint8, shape: [1], bytes: [1])
    let twice = try Checkpoint([
      ("bert.embeddings.LayerNorm.gamma", tensor), ("bert.embeddings.LayerNorm.weight", tensor),
    ])
    #expect(message { _ = try NameMap.bert(twice) }.contains("twice"))
    let (result, report) = try NameMap.bert(try Checkpoint([("other.weight", tensor)]))
    #expect(result.names.isEmpty && report.leftOver == ["other.weight"])
    #expect(
      report.description == "0 tensors loaded, 0 renamed, 0 dropped, 1 left over: other.weight")
  }

  @Test("no rule is shadowed by an earlier one, in either direction")
  func rulesAreReachable() {
    for map in [NameMap.huggingFace, .openAI, .bert, .chineseCLIP, .flashAttention] {
      let patterns = map.rules.flatMap(\.foreign)
      #expect(Set(patterns).count == patterns.count, "\(map.name)")
    }
  }
}
