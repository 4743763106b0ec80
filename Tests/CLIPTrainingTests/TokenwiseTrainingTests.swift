import CLIPData
import CLIPModels
import CLIPText
import CLIPTraining
import Foundation
import Testing
import Torch
import TorchNN

extension TrainingTests {
  /// FILIP's objective: its loss by NumPy (`Scripts/fixtures/interactions.py`), its gradients by what
  /// must not change them.
  @Suite struct TokenwiseTrainingTests {
    struct Golden: Decodable {
      let images, texts: [[[Float]]]
      let lengths: [Int]
      let values: [String: Double]
    }

    func model(_ interaction: TokenwiseInteraction, dropout: Double = 0) throws -> TrainableModel {
      let fixture = try ParityFixture()
      var architecture = TinyRun.architecture(dropout: dropout, imageSize: 32)
      architecture.interaction = .tokenwise(interaction)
      return try TrainableModel(
        architecture, from: fixture.source, random: .none, tokenizer: fixture.model().tokenizer,
        device: .cpu)
    }

    @Test("the loss is the paper's, with one or with several right answers, and Wukong's")
    func values() throws {
      let url = Bundle.module.bundleURL.appending(path: "Fixtures/tokenwise.json")
      let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
      func tensor(_ values: [[[Float]]]) throws -> Tensor {
        try Tensor(
          values.flatMap { $0.flatMap { $0 } }, shape: [values.count, values[0].count, 6])
      }
      let (places, words) = (try tensor(golden.images), try tensor(golden.texts))
      let valid = golden.lengths.flatMap { length in (0..<7).map { $0 < length ? Float(1) : 0 } }
      let images = Features(
        embedding: try places.selected(0, axis: 1), tokens: places, special: 1)
      let texts = Features(
        embedding: try words.selected(0, axis: 1), tokens: words,
        valid: try Tensor(valid, shape: [3, 7]).isGreater(than: 0))
      for (name, target, zeroes) in [
        ("identity", TermConfiguration.Target.identity, false),
        ("duplicates", .duplicates, false), ("zeroed", .identity, true),
      ] {
        var objective = ObjectiveConfiguration()
        objective.terms = [TermConfiguration(target: target)]
        let batch = ObjectiveBatch(
          images: images, texts: texts,
          imageKeys: try Tensor([Int64](arrayLiteral: 1, 2, 3), shape: [3]),
          textKeys: try Tensor([Int64](arrayLiteral: 1, 2, 2), shape: [3]),
          interaction: TokenwiseInteraction(zeroesPadding: zeroes),
          scale: CurrentScale(multiplier: try .full([], 1 / 0.07)))
        let found = try objective.objective(batch, rows: 0..<3).loss.item()
        let expected = try #require(golden.values[name])
        #expect(abs(found - expected) < 1e-5, "\(name): \(found), \(expected)")
      }
    }

    @Test(
      "cached gradients are those of the whole batch, of chosen tokens too", arguments: [1, 0.4])
    func parts(keep: Double) throws {
      let fixture = try ParityFixture()
      let interaction = TokenwiseInteraction(keep: keep)
      let whole = try fixture.gradients(model: model(interaction))
      for part in [3, 8] {
        let parts = try fixture.gradients(model: model(interaction)) { $0.microBatch = part }
        #expect(abs(whole.loss - parts.loss) < 1e-6)
        try expectClose(parts.gradients, whole.gradients, tolerance: 2e-5)
      }
      // The class token is not compared, and everything behind the places learns.
      let classToken = try #require(whole.gradients["visual.class_embedding"])
      #expect(try classToken.absolute().max().item() > 0)
    }

    @Test("two workers have the gradient of one with the whole batch")
    func workers() throws {
      guard WorkerGroup.isAvailable else { return }
      let interaction = TokenwiseInteraction()
      let whole = try ParityFixture().gradients(0..<16, model: model(interaction))
      let shared = try WorkersTests().together { workers in
        let rows = workers.rank * 8..<workers.rank * 8 + 8
        let result = try ParityFixture().gradients(
          rows, model: self.model(interaction), workers: workers)
        return (result.loss, result.gradients)
      }
      for (loss, gradients) in shared {
        #expect(abs(loss - whole.loss) < 1e-6)
        try expectClose(gradients, whole.gradients, tolerance: 2e-5)
      }
    }

    @Test("two workers that choose tokens compare what each chose among its own")
    func chosenByWorkers() throws {
      guard WorkerGroup.isAvailable else { return }
      var identity = ObjectiveConfiguration()
      identity.positives = .identity
      let objective = identity
      let shared = try WorkersTests().together { workers in
        let rows = workers.rank * 8..<workers.rank * 8 + 8
        let result = try ParityFixture().gradients(
          rows, model: self.model(TokenwiseInteraction(keep: 0.4)), objective: objective,
          workers: workers)
        return (result.loss, result.gradients)
      }
      // Both end with the same sums; the loss is that of features chosen by halves.
      #expect(shared[0].0 == shared[1].0)
      try expectClose(shared[0].1, shared[1].1, tolerance: 0)
      let interaction = TokenwiseInteraction(keep: 0.4)
      let model = try model(interaction)
      let halves = try [0..<8, 8..<16].map { rows in
        let batch = try ParityFixture().batch(rows, model)
        guard case .pixels(let pixels) = batch.pictures else { throw TrainingError.start("none") }
        let options = EncodingOptions(mode: .inference, wantsTokens: true)
        let images = try model.encoder.imageEncoder(
          model.configuration.preprocessing(pixels, dtype: .float32), options: options
        ).normalized()
        let tokens = batch.samples.views[0].tokens
        let length = model.tokenizer.contextLength
        let ids = try Tensor(tokens.padded(to: length), shape: [8, length])
        let texts = try model.encoder.textEncoder(
          ids, mask: ids.isNotEqual(to: 0), options: options
        ).normalized()
        let chosen = try #require(try interaction.selection(images: images, texts: texts))
        return (try chosen.images(images), try chosen.texts(texts))
      }
      let scores = try interaction(
        rows: 0..<16, images: .concatenated(halves.map(\.0)),
        texts: .concatenated(halves.map(\.1)))
      let scale = try model.encoder.scale.current()
      let diagonal = try TargetMatrix.identity(rows: 0..<16, of: 16)
      let expected =
        try
        (diagonal.crossEntropy(scale(scores.imageToText))
        + diagonal.crossEntropy(scale(scores.textToImage))).item() / 32
      #expect(abs(shared[0].0 - expected) < 1e-4, "\(shared[0].0), \(expected)")
    }

    @Test("the gradient is the loss's slope", arguments: [1, 0.4], [DType.float32])
    func slope(keep: Double, precision: DType) throws {
      let fixture = try ParityFixture()
      let model = try model(TokenwiseInteraction(keep: keep, precision: precision))
      let gradients = try fixture.gradients(0..<6, model: model).gradients
      for name in ["visual.proj", "text_projection", "logit_scale"] {
        let weight = try #require(model.encoder.parameters[name])
        let gradient = try #require(gradients[name])
        let length = max(1e-6, try gradient.norm().item())
        let direction = try gradient / length
        func moved(_ step: Double) throws -> Double {
          let start = try weight.detached().clone()
          try withoutGradients { try weight.copy(from: start + direction * step) }
          defer { try? withoutGradients { try weight.copy(from: start) } }
          return try fixture.gradients(0..<6, model: model).loss
        }
        let measured = try (moved(1e-3) - moved(-1e-3)) / 2e-3
        #expect(abs(measured - length) < 3e-2 * max(0.1, length), "\(name): \(measured), \(length)")
      }
    }

    @Test("a run learns token by token with LAMB, and goes on as if it had not stopped")
    func run() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      var configuration = tiny.configuration(dropout: 0, steps: 16)
      var architecture = TinyRun.architecture(dropout: 0)
      architecture.interaction = .tokenwise(TokenwiseInteraction(keep: 0.5, precision: .bfloat16))
      configuration.model.architecture = .configuration(architecture)
      configuration.stages[0].optimizer = .lamb(LAMB.Configuration())
      configuration.stages[0].learningRate = 0.01
      configuration.stages[0].referenceBatch = 2
      try TrainerTests().run(tiny, configuration)
      let losses = try tiny.losses()
      #expect(try #require(losses.last) < losses[0] * 0.8, "\(losses)")
      // √(8 / 2) times the rate that was written.
      #expect(abs(try #require(tiny.metrics("learning_rate").max()) - 0.02) < 1e-9)
      let clip = try CLIP.load(.folder(tiny.output.appending(path: "best")))
      #expect(clip.interaction.needsTokens)
      #expect(throws: ModelError.self) { try clip.embed(texts: ["红"]) }
      #expect(try clip.features(texts: ["红"]).tokens?.shape == [1, 12, 16])
    }
  }
}
