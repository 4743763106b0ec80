import CLIPModels
import Checkpoints
import Foundation
import TestSupport
import Testing
import Torch
import TorchNN

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

  @Test(
    "torchvision's ResNet becomes an image tower, and goes back",
    arguments: ["basic", "bottleneck"])
  func torchvision(name: String) throws {
    let file = Bundle.module.bundleURL.appending(path: "Fixtures/resnet-\(name).safetensors")
    let tower = try Checkpoint.open(file).entries.compactMap { entry in
      entry.name.hasPrefix("visual.layer") || entry.name.contains(/^visual\.(conv|bn)1/)
        ? (name: String(entry.name.dropFirst(7)), tensor: entry.tensor) : nil
    }
    let classifier = (name: "fc.weight", tensor: tower[0].tensor)
    let checkpoint = try Checkpoint((tower + [classifier]).map { ($0.name, $0.tensor) })
    #expect(checkpoint.family == .torchvisionResNet)
    let (native, report) = try checkpoint.native()
    #expect(report.dropped == ["fc.weight"] && report.leftOver.isEmpty)
    #expect(native.names.count == tower.count)
    let hint = ArchitectureHint(native)
    var expected = try #require(TowersTests.resNets["resnet-\(name)"])
    expected.imageSize = 224
    #expect(hint.image == .known(.resNet(expected)))
    let (back, missing) = try NameMap.torchvision(native, .fromNative)
    #expect(missing.leftOver.isEmpty && Set(back.names) == Set(tower.map(\.name)))
  }

  @Test("GLoRIA's published form is read as the model that it is, and goes back")
  func gloria() throws {
    let image = ResNet.Configuration(
      imageSize: 299, block: .bottleneck, layers: [1, 1, 1, 1], width: 4)
    let made = try ExplainerTests.model(.resNet(image)) {
      $0.embeddingDimension = 64
      $0.imageOutput = OutputConfiguration(head: .linear(bias: true), tokens: TokenSource(layer: 3))
      $0.textOutput = OutputConfiguration(
        layers: .sum([-4, -3, -2, -1]), pooling: .mean(countsPadding: false), head: Head.none,
        reducer: .words(.sum))
      $0.scale = ScaleConfiguration(.fixed(10))
      if var bert = $0.text.tower as? BERT.Configuration {
        (bert.width, bert.heads, bert.layers) = (64, 1, 4)
        $0.text = .bert(bert)
      }
    }
    let (foreign, missing) = try NameMap.gloria(made.checkpoint, .fromNative)
    #expect(missing.leftOver.isEmpty)
    #expect(foreign["img_encoder.global_embedder.weight"]?.shape == [64, 128])
    #expect(foreign["img_encoder.local_embedder.weight"]?.shape == [64, 64, 1, 1])
    // As Lightning saves it, with what the backbone and BERT have besides.
    let extra = try #require(foreign["img_encoder.global_embedder.bias"])
    let saved = try Checkpoint(
      foreign.entries.map { ("gloria." + $0.name, $0.tensor) } + [
        ("gloria.text_encoder.model.pooler.dense.bias", extra),
        ("gloria.img_encoder.model.fc.bias", extra),
      ])
    #expect(saved.family == .gloria)
    let (native, report) = try saved.native()
    #expect(report.leftOver.isEmpty && report.dropped.count == 2)
    #expect(try native.content() == made.checkpoint.content())
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "gloria.safetensors")
    try saved.writeSafetensors(to: file)
    let opened = try ModelFiles.open(
      .file(file, imageEncoder: nil, textEncoder: nil), tokenizer: made.tokenizer)
    #expect(opened.configuration.image == .resNet(image))
    #expect(opened.configuration.imageOutput == made.configuration.imageOutput)
    #expect(opened.configuration.textOutput == made.configuration.textOutput)
    let parameters = opened.parameters()
    _ = try withoutGradients { try DualEncoder(opened.configuration, parameters: parameters) }
    try parameters.requireAllUsed()
  }

  @Test("Hugging Face folders are told by their names", arguments: ["hf", "hf-shards", "hf-bin"])
  func huggingFace(name: String) throws {
    let checkpoint = try Checkpoint.open(checkpointFixture(name))
    #expect(checkpoint.family == .huggingFaceChineseCLIP)
    #expect(try checkpoint.native().checkpoint.names.count == 71)
  }
}
