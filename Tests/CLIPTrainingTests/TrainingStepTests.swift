import CLIPData
import CLIPModels
import CLIPText
import CLIPTraining
import Testing
import Torch
import TorchNN

extension TrainingTests {
  /// Whatever saves memory or time must leave the gradient as it is.
  @Suite struct TrainingStepTests {
    @Test("cached gradients are those of the whole batch", arguments: [1, 3, 5, 15])
    func caching(part: Int) throws {
      let fixture = try ParityFixture()
      let whole = try fixture.gradients()
      let parts = try fixture.gradients { $0.microBatch = part }
      #expect(abs(whole.loss - parts.loss) < 1e-6)
      try expectClose(parts.gradients, whole.gradients)
    }

    @Test("cached gradients draw the same dropout and the same masks twice")
    func replay() throws {
      let fixture = try ParityFixture()
      // One graph over the same parts, drawn in the same order, is the reference.
      let model = try fixture.model(dropout: 0.3)
      try model.encoder.parameters.freeze(.none)
      try Random.seed(5)
      let cached = try fixture.gradients(0..<8, model: model) {
        $0.microBatch = 4
        $0.maskRatio = 0.5
      }
      let after = try Random.state().scalars(UInt8.self)
      try Random.seed(5)
      let images = try [0..<4, 4..<8].map { rows in
        guard case .pixels(let pixels) = try fixture.batch(rows, model).pictures else {
          throw TrainingError.start("no pixels")
        }
        return try model.encoder.imageEncoder(
          model.configuration.preprocessing(pixels, dtype: .float32),
          options: EncodingOptions(mode: .training, maskRatio: 0.5)
        ).embedding.normalized()
      }
      let texts = try [0..<4, 4..<8].map { rows in
        let tokens = try fixture.batch(rows, model).samples.views[0].tokens
        let longest = tokens.maximumLength
        let ids = try Tensor(
          tokens.padded(to: longest), shape: [rows.count, longest])
        let lengths = (0..<rows.count).map { tokens.length(of: $0) }
        let mask = lengths.allSatisfy { $0 == longest } ? nil : try ids.isNotEqual(to: 0)
        return try model.encoder.textEncoder(
          ids, mask: mask, options: EncodingOptions(mode: .training)
        ).embedding.normalized()
      }
      for entry in model.encoder.parameters.entries { try entry.tensor.setGradient(nil) }
      let (image, text) = (try Tensor.concatenated(images), try Tensor.concatenated(texts))
      let keys = try Tensor.range(0..<8)
      let part = try ObjectiveConfiguration().objective(
        ObjectiveBatch(
          images: Features(embedding: image), texts: Features(embedding: text), imageKeys: keys,
          textKeys: keys, scale: model.encoder.scale.current()), rows: 0..<8)
      try part.loss.backward()
      #expect(abs(try part.loss.item() - cached.loss) < 1e-6)
      #expect(try Random.state().scalars(UInt8.self) == after)
      var expected: [String: Tensor] = [:]
      for entry in model.encoder.parameters.entries {
        expected[entry.name] = try entry.tensor.gradient()
      }
      try expectClose(cached.gradients, expected)
    }

    @Test("recomputed blocks give the same gradients, dropout included", arguments: [nil, 4])
    func recomputation(part: Int?) throws {
      let fixture = try ParityFixture()
      func gradients(_ recomputes: Bool) throws -> (loss: Double, gradients: [String: Tensor]) {
        try Random.seed(3)
        return try fixture.gradients(model: fixture.model(dropout: 0.2)) {
          $0.recomputesBlocks = recomputes
          $0.microBatch = part
        }
      }
      let plain = try gradients(false)
      let recomputed = try gradients(true)
      #expect(plain.loss == recomputed.loss)
      try expectClose(recomputed.gradients, plain.gradients, tolerance: 1e-6)
    }

    @Test("a frozen image encoder gets no gradient, and the others' do not change")
    func frozen() throws {
      let fixture = try ParityFixture()
      let all = try fixture.gradients()
      let some = try fixture.gradients(frozen: ["visual.*"])
      #expect(some.gradients.keys.allSatisfy { !$0.hasPrefix("visual.") })
      try expectClose(some.gradients, all.gradients.filter { !$0.key.hasPrefix("visual.") })
    }

    @Test("bfloat16 autocast computes nearly the same")
    func autocast() throws {
      let fixture = try ParityFixture()
      let model = try fixture.model()
      let learned = try model.encoder.parameters.freeze(.none)
      let stage = StageConfiguration(name: "test", steps: 1, batchSize: 16, learningRate: 1)
      func loss(_ dtype: DType?) throws -> Double {
        try TrainingStep(
          model: model, objective: ObjectiveConfiguration().objective,
          stage: stage, learned: learned, autocast: dtype)(fixture.batch(0..<16, model)).loss
      }
      let (exact, mixed) = (try loss(nil), try loss(.bfloat16))
      #expect(exact != mixed)
      #expect(abs(exact - mixed) < 0.05 * exact)
      #expect(learned.allSatisfy { $0.tensor.dtype == .float32 })
    }
  }
}
