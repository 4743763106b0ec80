import CLIPEmbeddedModel
import CLIPExport
import CLIPModels
import CLIPText
import Checkpoints
import Foundation
import ONNX
import ONNXTorch
import TestSupport
import Testing
import Torch
import TorchNN

/// Models of random weights and odd sizes: the export compares itself with the encoders, so what is
/// tested here is that it does so, and what is in the files.
@Suite("Exporting to ONNX")
struct ONNXExportTests {
  static let images: [String: ImageEncoderConfiguration] = [
    "transformer": .visionTransformer(
      .init(
        imageSize: 33, patchSize: 11, width: 30, layers: 2, heads: 3, mlpWidth: 35,
        activation: .quickGELU)),
    "resnet": .modifiedResNet(.init(imageSize: 64, layers: [1, 2, 1, 1], width: 4, heads: 8)),
    "plain-resnet": .resNet(
      .init(imageSize: 45, block: .bottleneck, layers: [1, 1, 2, 1], width: 3)),
    "efficientnet": .efficientNetLite(
      .init(imageSize: 38, widthMultiplier: 0.1, depthMultiplier: 1, projectionBias: true)),
    "squeeze-and-excite": .efficientNet(squeezeAndExcite),
  ]
  /// As wide as the embedding: its standard output projects nothing.
  private static var squeezeAndExcite: EfficientNet.Configuration {
    var configuration = EfficientNet.Configuration(
      imageSize: 39, widthMultiplier: 1, depthMultiplier: 1)
    configuration.channelMultiple = 19
    configuration.evenlyPaddedBlocks = []
    configuration.stages = [
      EfficientNetStage(kernel: 3, stride: 2, expansion: 2, outputs: 19, blocks: 2),
      EfficientNetStage(kernel: 5, stride: 2, expansion: 3, outputs: 19, blocks: 1),
    ]
    return configuration
  }
  static let outputs: [String: OutputConfiguration] = [
    "standard": .standard,
    "mean": OutputConfiguration(pooling: .mean(countsPadding: false), head: .linear(bias: true)),
    "max": OutputConfiguration(pooling: .max, head: .linear(bias: false)),
    "pooler": OutputConfiguration(
      pooling: .pooler, head: .mlp(width: 21, activation: .gelu)),
    "map": OutputConfiguration(
      pooling: .map(heads: 3, mlpWidth: 17, activation: .silu), head: .linear(bias: false)),
    "last": OutputConfiguration(pooling: .last, head: .linear(bias: false)),
  ]

  /// A model of random weights.
  static func model(
    _ image: String, imageOutput: String = "standard", textOutput: String = "standard"
  ) throws -> ModelFiles {
    let vocabulary = try Vocabulary(contentsOf: checkpointFixture("vocab.txt"))
    var configuration = ModelConfiguration(
      name: image, embeddingDimension: 19, contextLength: 13, image: try #require(images[image]),
      text: .bert(
        BERT.Configuration(
          vocabularySize: vocabulary.count, maximumPositions: 20, tokenTypes: 2, width: 30,
          layers: 2, heads: 3, mlpWidth: 41, activation: .gelu, layerNormEpsilon: 1e-12,
          dropout: 0.1, projectionBias: false)))
    configuration.imageOutput = try #require(outputs[imageOutput])
    configuration.textOutput = try #require(outputs[textOutput])
    try Random.seed(7)
    let parameters = Parameters(from: nil)
    _ = try withoutGradients { try DualEncoder(configuration, parameters: parameters) }
    let checkpoint = try Checkpoint(
      parameters.entries.map { entry in
        // Norms that do nothing would hide that they are missing.
        let noise = try entry.tensor.rank == 1 ? Random.normal(entry.tensor.shape) * 0.1 : nil
        let tensor = try noise.map { try entry.tensor + $0.absolute() } ?? entry.tensor
        let bytes = try tensor.withBytes { Array($0) }
        return (
          entry.name,
          try CheckpointTensor(ElementType(tensor.dtype), shape: tensor.shape, bytes: bytes)
        )
      })
    return try ModelFiles(
      configuration: configuration, checkpoint: checkpoint, family: .native, report: .init(),
      tokenizer: BERTTokenizer(vocabulary: vocabulary))
  }

  @Test(
    "every image tower is exported for any batch, in every precision",
    arguments: images.keys.sorted(), ExportPrecision.allCases)
  func towers(image: String, precision: ExportPrecision) throws {
    let folder = try TemporaryFolder()
    let report = try ONNXExport(precision: precision).write(Self.model(image), to: folder.url)
    #expect(report.towers.map(\.encoder) == [.image, .text])
    let cosines = report.towers.flatMap(\.checks).map(\.cosine)
    #expect(cosines.count == 10 && cosines.allSatisfy { $0 >= precision.leastCosine }, "\(cosines)")
    let names = ["img", "txt"].map { "\(image).\($0).\(precision.rawValue).onnx" }
    #expect(report.files.map(\.lastPathComponent) == names)
    #expect(folder.content.sorted() == names)
    let file = try ONNXModel(contentsOf: report.files[0])
    let size = try #require(Self.images[image]).imageSize
    #expect(file.inputs.map(\.description) == ["image float [batch, 3, \(size), \(size)]"])
    #expect(file.outputs.map(\.description) == ["unnorm_image_features float [batch, 19]"])
    let text = try ONNXModel(contentsOf: report.files[1])
    #expect(text.inputs.map(\.description) == ["text int32 [batch, 13]"])
    #expect(text.outputs.map(\.description) == ["unnorm_text_features float [batch, 19]"])
    #expect(!file.nodes.contains { $0.operation == "BatchNormalization" })
  }

  @Test("every pooling and head is exported", arguments: outputs.keys.sorted())
  func poolings(output: String) throws {
    let folder = try TemporaryFolder()
    let report = try ONNXExport().write(
      Self.model(
        "transformer", imageOutput: ["pooler", "last"].contains(output) ? "standard" : output,
        textOutput: output),
      to: folder.url)
    #expect(report.towers.count == 2)
  }

  @Test("attention's three maps are one, and no weight is stored twice")
  func fusion() throws {
    let folder = try TemporaryFolder()
    let report = try ONNXExport().write(Self.model("transformer"), to: folder.url)
    for file in report.files {
      let model = try ONNXModel(contentsOf: file)
      // Two layers of query-key-value, output and two of the hidden layer; the last layer's query
      // comes from one token alone, so it has a map of its own; the attention's own two; the head.
      #expect(model.nodes.count { $0.operation == "MatMul" } == 2 * 6 + 1 + 1)
      #expect(Set(model.initializers.map(\.name)).count == model.initializers.count)
    }
    let bytes = try Self.model("transformer").checkpoint.byteCount
    let sizes = try report.files.map { file in
      try #require(try file.resourceValues(forKeys: [.fileSizeKey]).fileSize)
    }
    #expect(sizes.reduce(0, +) < bytes + 30_000)
  }

  @Test(
    "operators of every version, fixed batches, unit length and pixels",
    arguments: [17, 18, 20, 25])
  func forms(opset: Int) throws {
    let folder = try TemporaryFolder()
    let export = ONNXExport(opset: opset, batch: 3, normalizes: true, takesPixels: true)
    let report = try export.write(Self.model("efficientnet"), to: folder.url, name: "a")
    let image = try ONNXModel(contentsOf: folder.url.appending(path: "a.img.fp32.onnx"))
    #expect(image.opset == opset)
    #expect(image.inputs.map(\.description) == ["image uint8 [3, 38, 38, 3]"])
    #expect(image.outputs.map(\.description) == ["embedding float [3, 19]"])
    let features = try ONNXSession(image).run(["image": .full([3, 38, 38, 3], 90, dtype: .uint8)])
    let norms = try #require(features["embedding"]).norm(axis: -1).scalars(Float.self)
    #expect(norms.allSatisfy { abs($0 - 1) < 1e-5 })
    #expect(report.files.count == 2)
  }

  @Test("layouts have the names and files that their programs look for")
  func layouts() throws {
    let folder = try TemporaryFolder()
    func paths(_ export: ONNXExport, name: String? = nil) throws -> [String] {
      let output = folder.url.appending(path: "\(UUID())")
      return try export.write(Self.model("transformer"), to: output, name: name).files.map {
        String($0.path.dropFirst(output.path.count + 1))
      }
    }
    #expect(
      try paths(ONNXExport(layout: .mtPhotos), name: "ViT-B-16")
        == ["vit-b-16.img.fp32.onnx", "vit-b-16.txt.fp32.onnx"])
    #expect(
      try paths(ONNXExport(only: .text, layout: .triton))
        == ["transformer_text/1/model.onnx", "transformer_text/config.pbtxt"])
    #expect(
      try paths(ONNXExport(layout: .immich), name: "ViT-B-16__openai")
        == [
          "config.json", "textual/model.onnx", "textual/tokenizer.json",
          "textual/tokenizer_config.json", "visual/model.onnx", "visual/preprocess_cfg.json",
        ].map { "ViT-B-16__openai/\($0)" })
    // Vectors of 19 numbers are nobody's.
    #expect(message { _ = try paths(ONNXExport(layout: .immich)) }.contains("19 numbers"))
    let tensorRT = try paths(ONNXExport(precision: .float16, forTensorRT: true), name: "a")
    #expect(
      tensorRT
        == [
          "a.fp16.tensorrt/build.sh", "a.fp16.tensorrt/image.npy",
          "a.fp16.tensorrt/image_features.npy", "a.fp16.tensorrt/parity.py",
          "a.fp16.tensorrt/text.npy", "a.fp16.tensorrt/text_features.npy", "a.img.fp16.onnx",
          "a.txt.fp16.onnx",
        ])
  }

  @Test("TensorRT is told shapes, and the precision only where it does not read it in the file")
  func tensorRTLines() throws {
    let folder = try TemporaryFolder()
    let report = try ONNXExport(forTensorRT: true).write(
      Self.model("transformer"), to: folder.url, name: "a")
    let files = try #require(report.tensorRT)
    let shapes =
      "trtexec --onnx=a.img.fp32.onnx --minShapes=image:1x3x33x33 --optShapes=image:32x3x33x33 "
      + "--maxShapes=image:128x3x33x33"
    #expect(files.lines(version: 11)[0] == "\(shapes) --saveEngine=a.img.fp32.plan")
    #expect(
      files.lines(version: 10)[0] == "\(shapes) --stronglyTyped --saveEngine=a.img.fp32.plan")
    #expect(files.lines(version: 8)[0].contains(" --fp16 --memPoolSize=workspace:4096 "))
    #expect(files.lines(version: 11)[1].contains("--optShapes=text:64x13 "))
  }

  @Test("requests that cannot be met leave nothing behind")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let output = folder.url.appending(path: "out")
    let model = try Self.model("transformer")
    func sentence(_ export: ONNXExport, name: String? = nil) -> String {
      message { _ = try export.write(model, to: output, name: name) }
    }
    #expect(sentence(ONNXExport(opset: 12)).contains("from 17 to 25"))
    #expect(sentence(ONNXExport(batch: 0)).contains("a batch of 0"))
    #expect(sentence(ONNXExport(), name: "..").contains("cannot begin the names of files"))
    #expect(folder.content.isEmpty)
    let file = try folder.write("here", to: "file")
    #expect(
      message { _ = try ONNXExport().write(model, to: file) }.contains("Cannot write \(file.path)"))
  }

  @Test("the model that comes with the package keeps its features in half precision")
  func embedded() throws {
    let folder = try TemporaryFolder()
    let report = try ONNXExport(precision: .float16).write(
      ModelFiles.open(.embedded()), to: folder.url)
    #expect(report.towers.flatMap(\.checks).allSatisfy { $0.cosine >= 0.9999 })
  }
}
