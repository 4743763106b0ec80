import CLIPModels
import Testing
import TorchNN

/// What learns, what is cached and which rate a block gets is asked of the entries.
@Suite struct PartsTests {
  /// All entries of a model that is not computed, by name.
  func entries(_ image: ImageEncoderConfiguration) throws -> [String: Parameters.Entry] {
    let parameters = Parameters(from: nil, missing: .outline)
    _ = try DualEncoder(
      ModelConfiguration(
        name: "tiny", embeddingDimension: 24, contextLength: 12, image: image,
        text: TowersTests.text), parameters: parameters)
    return Dictionary(uniqueKeysWithValues: parameters.entries.map { ($0.name, $0) })
  }

  @Test("every tensor of both towers knows its part and how many blocks come after it")
  func parts() throws {
    let entries = try entries(.visionTransformer(TowersTests.visionTransformer))
    let expected: [String: (part: Parameters.Part, blocksAfter: Int)] = [
      "visual.class_embedding": (.image, 3), "visual.conv1.weight": (.image, 3),
      "visual.ln_pre.bias": (.image, 3),
      "visual.transformer.resblocks.0.attn.in_proj_weight": (.image, 2),
      "visual.transformer.resblocks.2.ln_2.weight": (.image, 0),
      "visual.ln_post.weight": (.image, 0), "visual.proj": (.imageHead, 0),
      "bert.embeddings.word_embeddings.weight": (.text, 3),
      "bert.encoder.layer.1.output.dense.bias": (.text, 1), "text_projection": (.textHead, 0),
      "logit_scale": (.shared, 0),
    ]
    for (name, expected) in expected {
      let entry = try #require(entries[name], "\(name)")
      #expect(entry.part == expected.part && entry.blocksAfter == expected.blocksAfter, "\(name)")
    }
    for entry in entries.values where entry.name.hasPrefix("visual.") {
      #expect(entry.part == .image || entry.name == "visual.proj", "\(entry.name)")
    }
  }

  @Test("a ResNet's blocks are its stages, an EfficientNet's are all of its blocks")
  func convolutions() throws {
    let resNet = try entries(
      .modifiedResNet(
        ModifiedResNet.Configuration(imageSize: 64, layers: [1, 2, 1, 1], width: 4, heads: 8)))
    #expect(resNet["visual.conv1.weight"]?.blocksAfter == 4)
    #expect(resNet["visual.layer1.0.conv1.weight"]?.blocksAfter == 3)
    #expect(resNet["visual.layer4.0.bn1.weight"]?.blocksAfter == 0)
    #expect(resNet["visual.attnpool.c_proj.weight"]?.blocksAfter == 0)
    let lite = try entries(
      .efficientNetLite(
        EfficientNetLite.Configuration(
          imageSize: 32, widthMultiplier: 0.25, depthMultiplier: 1, projectionBias: true)))
    #expect(lite["visual._conv_stem.weight"]?.blocksAfter == 16)
    #expect(lite["visual._blocks.15._bn1.weight"]?.blocksAfter == 0)
    #expect(lite["visual.proj_bias"]?.part == .imageHead)
  }
}
