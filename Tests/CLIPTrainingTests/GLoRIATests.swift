import CLIPModels
import CLIPText
import CLIPTraining
import TestSupport
import Testing
import Torch
import TorchNN

/// A model as GLoRIA's: a plain ResNet with the map of its third stage, words, word attention.
enum TinyGLoRIA {
  static var architecture: ModelConfiguration {
    var configuration = TinyRun.architecture(dropout: 0)
    configuration.embeddingDimension = 32
    configuration.image = .resNet(
      ResNet.Configuration(imageSize: 32, block: .basic, layers: [1, 1, 1, 1], width: 4))
    configuration.imageOutput = OutputConfiguration(
      head: .linear(bias: true), tokens: TokenSource(layer: 2))
    configuration.textOutput = OutputConfiguration(
      layers: .sum([-2, -1]), pooling: .mean(countsPadding: false), head: Head.none,
      reducer: .words(.sum))
    configuration.interaction = .wordAttention(WordAttention(localWeight: 0.5, globalWeight: 0.5))
    configuration.scale = ScaleConfiguration(.fixed(10))
    return configuration
  }

  /// Seeded alike on every thread that asks for it first.
  static func model() throws -> TrainableModel {
    try Random.seed(12)
    return try TrainableModel(
      architecture, from: nil, random: ["*"],
      tokenizer: BERTTokenizer(vocabulary: Vocabulary(bytes: TinyPairs.vocabularyBytes)),
      device: .cpu)
  }

  static var objective: ObjectiveConfiguration {
    var objective = ObjectiveConfiguration()
    let both = TermConfiguration.Loss.softmax(imageToText: 1, textToImage: 1)
    var (global, local) = (
      TermConfiguration(both, target: .identity), TermConfiguration(both, target: .identity)
    )
    global.interaction = .global
    local.interaction = .wordAttention(WordAttention())
    objective.terms = [global, local]
    return objective
  }
}

extension TrainingTests {
  @Suite struct GLoRIATests {
    /// The model's gradients of some rows, batch norms as in use, so that parts do not matter.
    static func gradients(
      _ rows: Range<Int>, model: TrainableModel, objective: ObjectiveConfiguration,
      workers: WorkerGroup? = nil, part: Int? = nil
    ) throws -> (loss: Double, gradients: [String: Tensor]) {
      try ParityFixture().gradients(
        rows, model: model, objective: objective, workers: workers
      ) {
        $0.batchNorm = .frozen
        $0.microBatch = part
      }
    }

    @Test("parts of a batch have the gradients of the whole, in both terms", arguments: [1, 5])
    func parts(part: Int) throws {
      let model = try TinyGLoRIA.model()
      let whole = try Self.gradients(0..<16, model: model, objective: TinyGLoRIA.objective)
      for name in [
        "visual.token_proj.weight", "visual.proj", "bert.encoder.layer.0.output.dense.weight",
      ] {
        let gradient = try #require(whole.gradients[name])
        #expect(try gradient.absolute().max().item() > 0, "\(name)")
      }
      let parts = try Self.gradients(
        0..<16, model: model, objective: TinyGLoRIA.objective, part: part)
      #expect(abs(whole.loss - parts.loss) < 1e-5)
      try expectClose(parts.gradients, whole.gradients, tolerance: 1e-4)
    }

    @Test("a term without weight is no term")
    func weights() throws {
      let model = try TinyGLoRIA.model()
      var global = TinyGLoRIA.objective
      var none = global
      global.terms = [try #require(global.terms?[0])]
      none.terms?[1].weight = 0
      let expected = try Self.gradients(0..<8, model: model, objective: global)
      let found = try Self.gradients(0..<8, model: model, objective: none)
      #expect(found.loss == expected.loss)
      let both = try Self.gradients(0..<8, model: model, objective: TinyGLoRIA.objective)
      #expect(both.loss > found.loss)
    }
  }
}

extension TrainingTests.WorkersTests {
  @Test("two workers have the gradient of one where words attend to places", arguments: [nil, 3])
  func wordAttention(part: Int?) throws {
    let model = try TinyGLoRIA.model()
    let whole = try TrainingTests.GLoRIATests.gradients(
      0..<16, model: model, objective: TinyGLoRIA.objective)
    let models = try (0..<2).map { _ in try TinyGLoRIA.model() }
    let shared = try together { workers in
      try TrainingTests.GLoRIATests.gradients(
        workers.rank * 8..<workers.rank * 8 + 8, model: models[workers.rank],
        objective: TinyGLoRIA.objective, workers: workers, part: part)
    }
    for (loss, gradients) in shared {
      #expect(abs(loss - whole.loss) < 1e-5)
      try expectClose(gradients, whole.gradients, tolerance: 1e-4)
    }
  }
}
