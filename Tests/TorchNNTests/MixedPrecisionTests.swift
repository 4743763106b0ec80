import TestSupport
import Testing
import Torch
import TorchNN

/// Layers that learn in bfloat16 take other kernels than in fp32: results and gradients stay those
/// of fp32 within bfloat16's eight bits.
@Suite(.drawsRandomNumbers) struct MixedPrecisionTests {
  private func run(
    _ layer: (Tensor) throws -> Tensor, on x: Tensor, in dtype: DType?
  ) throws -> (output: Tensor, gradient: Tensor) {
    let leaf = try x.detached()
    try leaf.setRequiresGradient(true)
    let output = try withAutocast(dtype, on: .cpu) { try layer(leaf) }
    try output.to(.float32).sum().backward()
    return (try output.to(.float32), try #require(try leaf.gradient()))
  }

  private func cosine(_ a: Tensor, _ b: Tensor) throws -> Double {
    let dot: Double = try (a * b).sum().item()
    let squares: Double = try ((a * a).sum() * (b * b).sum()).item()
    return dot / squares.squareRoot()
  }

  private func expectAgreement(_ layer: (Tensor) throws -> Tensor, on x: Tensor) throws {
    let exact = try run(layer, on: x, in: nil)
    let short = try run(layer, on: x, in: .bfloat16)
    #expect(try cosine(exact.output, short.output) > 0.9999)
    #expect(try cosine(exact.gradient, short.gradient) > 0.999)
  }

  @Test("an attention learns the same in bfloat16 as in fp32", arguments: [true, false])
  func attention(masked: Bool) throws {
    try Random.seed(3)
    let attention = try MultiHeadAttention(width: 32, heads: 4, in: Parameters(from: nil).root)
    let x = try Random.normal([2, 6, 32])
    let mask = try Tensor([true, true, true, true, false, false], shape: [1, 1, 1, 6])
    try expectAgreement({ try attention($0, mask: masked ? mask : nil) }, on: x)
    guard masked else { return }
    let short = try run({ try attention($0, mask: mask) }, on: x, in: .bfloat16)
    let cut = try run({ try attention($0) }, on: x.sliced(0..<4, axis: 1), in: .bfloat16)
    let difference: Double = try (short.output.sliced(0..<4, axis: 1) - cut.output)
      .absolute().max().item()
    #expect(difference < 1e-2)
  }

  @Test(
    "an attention over many tokens infers the same in bfloat16 as in fp32",
    arguments: [nil, 1, 5] as [Int?])
  func manyTokens(masks: Int?) throws {
    try Random.seed(7)
    // Enough scores for two parts of the batch.
    let parts = try (0..<3).map { _ in try Random.normal([5, 8, 197, 16]) }
    let mask = try masks.map { count in
      try Tensor(
        (0..<count).flatMap { row in (0..<197).map { $0 < 197 - 30 * row } },
        shape: [count, 1, 1, 197])
    }
    let exact = try Tensor.attention(query: parts[0], key: parts[1], value: parts[2], mask: mask)
    let short = try parts.map { try $0.to(.bfloat16) }
    let found = try Tensor.attention(query: short[0], key: short[1], value: short[2], mask: mask)
    #expect(found.shape == exact.shape)
    #expect(try cosine(exact, found.to(.float32)) > 0.9999)
  }

  @Test(
    "an MLP learns the same in bfloat16 as in fp32",
    arguments: [Activation.gelu, .quickGELU, .silu, .relu])
  func mlp(activation: Activation) throws {
    try Random.seed(4)
    let scope = Parameters(from: nil).root
    let mlp = try MLP(
      expand: Linear(32, 64, in: scope / "a"), contract: Linear(64, 32, in: scope / "b"),
      activation: activation, numerics: scope.numerics)
    try expectAgreement({ try mlp($0) }, on: Random.normal([3, 5, 32]))
  }

  @Test("weights learn through the rescaled QuickGELU")
  func weights() throws {
    try Random.seed(5)
    let x = try Random.normal([4, 16])
    let parameters = Parameters(from: nil)
    let scope = parameters.root
    let mlp = try MLP(
      expand: Linear(16, 32, in: scope / "a"), contract: Linear(32, 16, in: scope / "b"),
      activation: .quickGELU, numerics: scope.numerics)
    let learned = try parameters.freeze(.none)
    let gradients = try [DType?.none, .bfloat16].map { dtype in
      let output = try withAutocast(dtype, on: .cpu) { try mlp(x) }
      try (output.to(.float32) * output.to(.float32)).sum().backward()
      return try learned.map { entry in
        let gradient = try #require(try entry.tensor.gradient())
        try entry.tensor.setGradient(nil)
        return gradient
      }
    }
    #expect(gradients[0].count == 4)
    for (exact, short) in zip(gradients[0], gradients[1]) {
      #expect(try cosine(exact, short) > 0.999)
    }
  }
}
