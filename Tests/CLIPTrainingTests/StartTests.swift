import CLIPModels
import CLIPTraining
import Checkpoints
import Foundation
import Testing
import Torch
import TorchNN

extension TrainingTests {
  /// Towers from files: what is loaded is told, and nothing is silently random.
  @Suite struct StartTests {
    /// A folder with the weights of the parity model, some left out or renamed.
    func weights(_ folder: URL, _ name: String, _ rename: (String) -> String?) throws -> String {
      let source = try ParityFixture().source
      let tensors: [(name: String, tensor: CheckpointTensor)] = try source.tensorNames.compactMap {
        guard !$0.hasPrefix("golden."), let tensor = try source.tensor(named: $0) else {
          return nil
        }
        guard let name = rename($0) else { return nil }
        let bytes = try tensor.withBytes { [UInt8]($0) }
        return (name, try CheckpointTensor(.float32, shape: tensor.shape, bytes: bytes))
      }
      let url = folder.appending(path: name)
      try Checkpoint(tensors).writeSafetensors(to: url)
      return url.path
    }

    func start(_ tiny: TinyRun, image: String?, text: String?) -> ModelStart {
      var start = ModelStart()
      start.architecture = .configuration(TinyRun.architecture(imageSize: 32))
      start.vocabulary = tiny.folder.appending(path: "vocab.txt").path
      start.imageWeights = image
      start.textWeights = text
      return start
    }

    @Test(
      "an image encoder and a BERT of the old naming become one model; the projection is random")
    func towers() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      let image = try weights(tiny.folder, "clip.safetensors") { name in
        name.hasPrefix("visual.") || name == "logit_scale" || name == "text_projection" ? name : nil
      }
      let text = try weights(tiny.folder, "bert.safetensors") { name in
        guard name.hasPrefix("bert.") else { return nil }
        return name.replacing("LayerNorm.weight", with: "LayerNorm.gamma")
          .replacing("LayerNorm.bias", with: "LayerNorm.beta")
      }
      let model = try TrainableModel.build(start(tiny, image: image, text: text), device: .cpu)
      #expect(model.report.random == ["text_projection"])
      #expect(model.report.renamedCount >= 10)
      let source = try ParityFixture().source
      for name in ["visual.proj", "bert.encoder.layer.0.output.LayerNorm.weight", "logit_scale"] {
        #expect(
          try model.encoder.parameters[name]?.scalars() == source.tensor(named: name)?.scalars())
      }
    }

    @Test("a tensor that its file should have given is an error, unless it may be random")
    func missing() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      let image = try weights(tiny.folder, "clip.safetensors") { name in
        name.hasPrefix("visual.") && name != "visual.proj" || name == "logit_scale" ? name : nil
      }
      var start = start(tiny, image: image, text: nil)
      let error = #expect(throws: TrainingError.self) {
        try TrainableModel.build(start, device: .cpu)
      }
      guard case .unexpectedlyRandom(let names, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(names == ["visual.proj"])
      start.random = ["visual.proj"]
      #expect(try TrainableModel.build(start, device: .cpu).report.random.contains("visual.proj"))
    }

    @Test("training never writes into the file it started from")
    func mapped() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      let image = try weights(tiny.folder, "clip.safetensors") { $0 }
      let before = try Data(contentsOf: URL(filePath: image))
      let model = try TrainableModel.build(start(tiny, image: image, text: image), device: .cpu)
      for entry in model.encoder.parameters.entries { try entry.tensor.fill(7) }
      #expect(try Data(contentsOf: URL(filePath: image)) == before)
    }

    @Test("a start that says two things, or too little, is an error")
    func unclear() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      var both = start(tiny, image: nil, text: nil)
      both.from = "embedded"
      #expect(throws: TrainingError.self) { try TrainableModel.build(both, device: .cpu) }
      var towers = ModelStart()
      towers.imageWeights = "clip.pt"
      #expect(throws: TrainingError.self) { try TrainableModel.build(towers, device: .cpu) }
    }
  }
}
