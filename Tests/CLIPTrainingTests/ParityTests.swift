import CLIPModels
import CLIPTraining
import Testing
import Torch
import TorchNN

extension TrainingTests {
  /// Fifty steps beside the original's model under PyTorch: same weights, batches and optimiser.
  @Suite struct ParityTests {
    @Test(
      "losses of fifty steps equal the original's, with the image encoder frozen and with both",
      arguments: ["stage1", "stage2"])
    func losses(stage: String) throws {
      let fixture = try ParityFixture()
      let model = try fixture.model()
      let frozen: NamePatterns = stage == "stage1" ? ["visual.*"] : .none
      let learned = try model.encoder.parameters.freeze(frozen)
      var settings = StageConfiguration(
        name: stage, frozen: frozen, steps: 50, batchSize: ParityFixture.batchSize,
        learningRate: 1e-3)
      settings.optimizer = .adamW(
        AdamW.Configuration(weightDecay: 0.05, weightDecayRule: .original))
      let optimizer = try settings.optimizer.optimizer(for: learned) { _ in 1 }
      let schedule = LearningRateSchedule(base: 1e-3, warmupSteps: 5, totalSteps: 50)
      var objective = ObjectiveConfiguration()
      objective.positives = .identity
      let step = TrainingStep(
        model: model, objective: objective.objective, stage: settings,
        learned: learned)
      let expected = try fixture.losses(stage)
      #expect(expected.count == 50 && expected[49] < expected[0])
      for index in 0..<50 {
        let first = index % ParityFixture.batchCount * ParityFixture.batchSize
        let report = try step(fixture.batch(first..<first + ParityFixture.batchSize, model))
        try optimizer.step(learningRate: schedule.rate(at: index))
        #expect(
          abs(report.loss - expected[index]) <= 1e-4 * expected[index],
          "step \(index): \(report.loss), expected \(expected[index])")
      }
    }

    @Test("optimiser groups are the original's by name, and norms never decay by default")
    func groups() throws {
      let model = try ParityFixture().model()
      let entries = model.encoder.parameters.entries
      let original = try AdamW(
        entries, configuration: AdamW.Configuration(weightDecayRule: .original))
      let matrices = try AdamW(entries, configuration: AdamW.Configuration())
      let norms = entries.filter { $0.name.hasSuffix("LayerNorm.weight") }.count
      // Besides BERT's norms the original decays the class embedding.
      #expect(original.tensorCounts.decayed == matrices.tensorCounts.decayed + norms + 1)
    }
  }
}
