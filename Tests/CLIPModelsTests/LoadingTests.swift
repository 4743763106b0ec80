import CLIPImages
import CLIPModels
import CLIPText
import Checkpoints
import Foundation
import TestSupport
import Testing
import Torch

/// Every kind of checkpoint, down to features: they are those that transformers and cn_clip compute
/// (`features` of `Scripts/fixtures/checkpoints.py`).
@Suite("Loading models")
struct LoadingTests {
  private struct Golden: Decodable {
    struct Features: Decodable {
      let image: [[Float]]
      let text: [[Float]]
    }
    let texts: [String]
    /// By file or folder; `told` is made here, of `shapes`.
    let features: [String: Features]
    let shapes: [String: [Int]]
  }

  private func golden() throws -> Golden {
    try JSONDecoder().decode(
      Golden.self, from: Data(contentsOf: checkpointFixture("features.json")))
  }

  /// Expects a peer's features of the peer's picture and texts.
  private func expect(
    _ clip: CLIP, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let golden = try golden()
    let expected = try #require(golden.features[name])
    let size = clip.preprocessor.size
    let picture = try RGBImage(
      width: size, height: size, pixels: (0..<size * size * 3).map { UInt8(31 * $0 % 256) })
    for (found, expected) in [
      (try clip.embed(images: [picture]), expected.image),
      (try clip.embed(texts: golden.texts), expected.text),
    ] {
      #expect(found.count == expected.count, sourceLocation: sourceLocation)
      for (a, b) in zip(found.values, expected.joined()) {
        #expect(abs(a - b) < 1e-5, "\(found.values) \(expected)", sourceLocation: sourceLocation)
      }
    }
  }

  @Test(
    "a Hugging Face folder has transformers' features, in one file, in shards, and as in 2022",
    arguments: ["hf", "hf-shards", "hf-bin"])
  func huggingFace(name: String) throws {
    let folder = try TemporaryFolder()
    let copy = folder.url.appending(path: "model")
    try FileManager.default.copyItem(at: checkpointFixture(name), to: copy)
    // The oldest came without a vocabulary of its own.
    let vocabulary = copy.appending(path: "vocab.txt")
    if !FileManager.default.fileExists(atPath: vocabulary.path) {
      try FileManager.default.copyItem(at: checkpointFixture("vocab.txt"), to: vocabulary)
    }
    try expect(try CLIP.load(.folder(copy), options: CLIP.Options(device: .cpu)), "hf")
  }

  @Test(
    "a .pt of the original's training has its features, in every form that torch.save has",
    arguments: ["chinese-clip.pt", "chinese-clip-legacy.pt", "chinese-clip-fp16.pt"])
  func pyTorch(name: String) throws {
    // Heads 4 wide cannot be told by tensors, so the architecture comes from elsewhere.
    let described = try ModelFiles.open(.folder(checkpointFixture("hf")))
    let opened = try Checkpoint.open(checkpointFixture(name))
    let (checkpoint, report) = try opened.native()
    let files = ModelFiles(
      configuration: described.configuration, checkpoint: checkpoint, family: opened.family,
      report: report, tokenizer: described.tokenizer)
    let clip = try CLIP.load(files, options: CLIP.Options(device: .cpu))
    try expect(clip, "chinese-clip.pt")
  }

  @Test("a .pt without a word about its architecture is told by its tensors, and has its features")
  func told() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "epoch_3.pt")
    try Checkpoint(
      golden().shapes.sorted { $0.key < $1.key }.map { name, shape in
        let values = filling(name, shape.reduce(1, *))
        return (
          name,
          try CheckpointTensor(
            .float32, shape: shape, bytes: values.withUnsafeBytes { Array($0) })
        )
      }
    ).writePyTorch(to: file)
    let clip = try CLIP.load(
      .file(file, imageEncoder: nil, textEncoder: nil), options: CLIP.Options(device: .cpu))
    let vision = try #require(
      clip.encoder.configuration.image.tower as? VisionTransformer.Configuration)
    #expect(vision.heads == 2 && vision.layers == 1 && vision.patchSize == 16)
    try expect(clip, "told")
  }
}
