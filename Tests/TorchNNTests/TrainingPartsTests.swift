import TestSupport
import Testing
import Torch
import TorchNN

/// Optimiser, schedules, patterns: values from PyTorch or worked out by hand.
@Suite(.drawsRandomNumbers) struct TrainingPartsTests {
  @Test(
    "patterns choose names, and the last one that fits decides",
    arguments: [
      ("visual.proj", true), ("visual.ln_post.bias", false), ("bert.pooler", false),
      ("logit_scale", true), ("xvisual.proj", false),
    ])
  func patterns(name: String, expected: Bool) {
    let patterns: NamePatterns = ["visual.*", "!*.bias", "logit_scale"]
    #expect(patterns.contains(name) == expected)
  }

  @Test("a star stands for any characters, none too, anywhere")
  func stars() {
    #expect(NamePatterns(["*lora_*"]).contains("a.lora_up"))
    #expect(NamePatterns(["a*b*c"]).contains("abbbcabc"))
    #expect(!NamePatterns(["a*b*c"]).contains("abbbcab"))
    #expect(NamePatterns(["*"]).contains(""))
    #expect(!NamePatterns([]).contains("a"))
    #expect(NamePatterns(["a*", "!b"]).unused(among: ["ab", "c"]) == ["!b"])
  }

  @Test("the cosine schedule has the original's values")
  func cosine() {
    let schedule = LearningRateSchedule(base: 5e-5, warmupSteps: 100, totalSteps: 735)
    for (step, rate) in [
      (0, 5.0e-7), (49, 2.5e-5), (99, 5e-5), (100, 5e-5), (400, 2.716178e-5), (734, 3.059577e-10),
    ] {
      #expect(abs(schedule.rate(at: step) - rate) <= 1e-6 * rate, "step \(step)")
    }
  }

  @Test("linear falls to zero, constant stays, and no length divides by zero")
  func otherSchedules() {
    let linear = LearningRateSchedule(base: 1, warmupSteps: 0, shape: .linear, totalSteps: 4)
    #expect((0...4).map { linear.rate(at: $0) } == [1, 0.75, 0.5, 0.25, 0])
    let constant = LearningRateSchedule(base: 1, warmupSteps: 2, shape: .constant, totalSteps: 4)
    #expect((0...3).map { constant.rate(at: $0) } == [0.5, 1, 1, 1])
    let short = LearningRateSchedule(base: 1, warmupSteps: 9, totalSteps: 3)
    #expect(short.rate(at: 2).isFinite)
  }

  @Test("two AdamW steps equal PyTorch's, decay in the matrix alone")
  func adam() throws {
    let parameters = Parameters(from: nil)
    let weight = try parameters.root.parameter("weight", [2, 2], .constant(0.5))
    let bias = try parameters.root.parameter("bias", [2], .constant(-1))
    let learned = try parameters.freeze(.none)
    let optimizer = try AdamW(
      learned, configuration: .init(beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1))
    for factor in [1.0, -0.5] {
      try weight.setGradient(Tensor([Float](arrayLiteral: 1, 2, -3, 0), shape: [2, 2]) * factor)
      try bias.setGradient(Tensor([Float](arrayLiteral: 0.1, -0.2), shape: [2]) * factor)
      try optimizer.step(learningRate: 0.01)
    }
    // torch.optim.AdamW with the same numbers.
    let expected: [Float] = [0.48634353, 0.48634353, 0.51165754, 0.49900052]
    for (found, value) in zip(try weight.scalars(), expected) {
      #expect(abs(found - value) < 2e-6)
    }
    for (found, value) in zip(try bias.scalars(), [-1.01266694, -0.98733300] as [Float]) {
      #expect(abs(found - value) < 2e-6)
    }
    #expect(optimizer.tensorCounts.decayed == 1)
  }

  @Test("three LAMB steps equal timm's: a matrix, one that starts at zero, and a bias")
  func lamb() throws {
    let parameters = Parameters(from: nil)
    let weight = try parameters.root.parameter("weight", [2, 2], .zeros)
    let zero = try parameters.root.parameter("zero", [2, 2], .zeros)
    let bias = try parameters.root.parameter("bias", [2], .zeros)
    try weight.copy(from: Tensor([Float](arrayLiteral: 0.5, -0.25, 1.5, 0.75), shape: [2, 2]))
    try bias.copy(from: Tensor([Float](arrayLiteral: -1, 2), shape: [2]))
    let optimizer = try LAMB(
      parameters.freeze(.none), configuration: .init(beta2: 0.99, weightDecay: 0.1))
    for factor in [1.0, -0.5, 2.0] {
      try weight.setGradient(Tensor([Float](arrayLiteral: 1, 2, -3, 0), shape: [2, 2]) * factor)
      try zero.setGradient(Tensor([Float](arrayLiteral: 1, 0, 0, -1), shape: [2, 2]) * factor)
      try bias.setGradient(Tensor([Float](arrayLiteral: 0.1, -0.2), shape: [2]) * factor)
      try optimizer.step(learningRate: 0.01)
    }
    // timm.optim.Lamb 1.0.31 without its clipping.
    for (tensor, expected) in [
      (weight, [0.46391496, -0.28089589, 1.52224517, 0.74480921]),
      (zero, [-0.01019998, 0, 0, 0.01019998]), (bias, [-1.01921272, 2.01922202]),
    ] as [(Tensor, [Float])] {
      for (found, value) in zip(try tensor.scalars(Float.self), expected) {
        #expect(abs(found - value) < 2e-6, "\(found), \(value)")
      }
    }
    #expect(optimizer.tensorCounts == (decayed: 2, undecayed: 1))
    #expect(WeightDecayRule.withoutEmbeddings.decays("blocks.0.mlp.weight", shape: [2, 2]))
    for name in ["visual.positional_embedding", "bert.embeddings.word_embeddings.weight"] {
      #expect(!WeightDecayRule.withoutEmbeddings.decays(name, shape: [2, 2]))
    }
    let second = try LAMB(parameters.freeze(.none), configuration: .init())
    try second.restore(from: NamedTensors(optimizer.state))
    #expect(
      try zip(second.state, optimizer.state).allSatisfy {
        try $0.tensor.scalars() == $1.tensor.scalars()
      })
  }

  @Test("an optimiser's state goes on in another one")
  func adamState() throws {
    func make() throws -> (AdamW, Tensor) {
      let parameters = Parameters(from: nil)
      let weight = try parameters.root.parameter("w", [3, 3], .constant(1))
      return (try AdamW(parameters.freeze(.none), configuration: .init()), weight)
    }
    let (first, weight) = try make()
    let gradient = try Random.normal([3, 3])
    try weight.setGradient(gradient)
    try first.step(learningRate: 0.1)
    let (second, copy) = try make()
    try second.restore(from: NamedTensors(first.state))
    try withoutGradients { try copy.copy(from: weight) }
    for (optimizer, tensor) in [(first, weight), (second, copy)] {
      try tensor.setGradient(gradient * 0.5)
      try optimizer.step(learningRate: 0.1)
    }
    #expect(try weight.scalars() == copy.scalars())
  }

  @Test("clipping scales all gradients together and tells their length")
  func clipping() throws {
    let parameters = Parameters(from: nil)
    let a = try parameters.root.parameter("a", [2], .zeros)
    let b = try parameters.root.parameter("b", [1], .zeros)
    let learned = try parameters.freeze(.none)
    try a.setGradient(Tensor([Float](arrayLiteral: 3, 0), shape: [2]))
    try b.setGradient(Tensor([Float](arrayLiteral: 4), shape: [1]))
    #expect(try learned.clipGradients(to: nil) == 5)
    #expect(try b.gradient()?.scalars() == [4])
    #expect(try learned.clipGradients(to: 1) == 5)
    #expect(abs(try learned.clipGradients(to: nil) - 1) < 1e-5)
  }

  @Test("a moving average starts quickly, moves slowly, and leaves the weights as they were")
  func average() throws {
    let parameters = Parameters(from: nil)
    let weight = try parameters.root.parameter("w", [1], .zeros)
    let average = try MovingAverage(parameters.freeze(.none), decay: 0.9)
    try withoutGradients { try weight.fill(1) }
    try average.update()
    let seen = try average.withAverage { try weight.item() }
    #expect(abs(seen - (1 - 2.0 / 11)) < 1e-6)
    #expect(try weight.item() == 1)
  }

  @Test("fp16's loss factor halves at once and doubles after two thousand good steps")
  func scaler() {
    var scaler = LossScaler(factor: 8)
    scaler.update(isFinite: false)
    #expect(scaler.factor == 4)
    for _ in 0..<LossScaler.growthInterval { scaler.update(isFinite: true) }
    #expect(scaler.factor == 8)
  }

  @Test("layer-wise rates fall from the last block to what comes before the first")
  func layerDecay() throws {
    let parameters = Parameters(from: nil)
    let scope = parameters.root.part(Parameters.Part(rawValue: "tower")) / "any"
    _ = try scope.input(before: 3).parameter("table", [1], .zeros)
    for index in 0..<3 {
      _ = try (scope.block(index, of: 3) / "blocks" / index).parameter("w", [1], .zeros)
    }
    _ = try scope.parameter("head", [1], .zeros)
    let factors = parameters.entries.map(LayerDecay(0.5).factor)
    #expect(factors == [0.125, 0.25, 0.5, 1, 1])
    #expect(parameters.entries.allSatisfy { $0.part.rawValue == "tower" })
  }

  @Test("a low-rank addition starts as nothing, and merged computes the same")
  func lowRank() throws {
    let parameters = Parameters(from: nil, lowRank: LowRankConfiguration(rank: 2, alpha: 6))
    let layer = try Linear(5, 4, in: parameters.root / "map")
    let attention = try MultiHeadAttention(width: 8, heads: 2, in: parameters.root / "attn")
    #expect(parameters.entries.filter { $0.kind == .adapter }.count == 6)
    let x = try Random.normal([3, 5])
    let tokens = try Random.normal([2, 4, 8])
    let plain = try x.linear(layer.weight, bias: layer.bias)
    #expect(try (layer(x) - plain).absolute().max().item() == 0)
    for entry in parameters.entries where entry.name.hasSuffix("lora_up") {
      try entry.tensor.copy(from: Random.normal(entry.tensor.shape))
    }
    #expect(try (layer(x) - plain).absolute().max().item() > 0.1)
    let merged = Parameters(from: parameters)
    let mergedLayer = try Linear(5, 4, in: merged.root / "map")
    let mergedAttention = try MultiHeadAttention(width: 8, heads: 2, in: merged.root / "attn")
    #expect(merged.entries.allSatisfy { $0.kind == .weight })
    #expect(try (layer(x) - mergedLayer(x)).absolute().max().item() < 1e-4)
    for asking in [Queries.all, .first, .rows(try .full([2], 3).to(.int64))] {
      let difference =
        try attention(tokens, asking: asking)
        - mergedAttention(tokens, asking: asking)
      #expect(try difference.absolute().max().item() < 1e-4)
    }
  }
}

/// Tensors by name, as a source.
struct NamedTensors: TensorSource {
  let tensors: [String: Tensor]
  init(_ tensors: [(name: String, tensor: Tensor)]) {
    self.tensors = Dictionary(
      tensors.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
  }
  var sourceName: String { "the test" }
  var tensorNames: [String] { tensors.keys.sorted() }
  func tensor(named name: String) -> Tensor? { tensors[name] }
}
