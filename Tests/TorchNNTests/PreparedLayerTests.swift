import TestSupport
import Testing
import Torch
import TorchNN

@Suite(.drawsRandomNumbers) struct PreparedLayerTests {
  private static let prepared = Numerics(dtype: .float32, device: .cpu, prepared: true)
  private static let short = Numerics(dtype: .bfloat16, device: .cpu, prepared: true)

  private func difference(_ a: Tensor, _ b: Tensor) throws -> Double {
    try (a.to(.float32) - b.to(.float32)).absolute().max().item()
  }

  @Test(arguments: [Activation.gelu, .quickGELU, .silu, .relu, .relu6])
  func `an MLP gives the same prepared as plain`(activation: Activation) throws {
    try Random.seed(1)
    let parameters = Parameters(from: nil)
    func mlp(_ parameters: Parameters) throws -> MLP {
      let root = parameters.root
      return try MLP(
        expand: Linear(48, 96, in: root / "a"), contract: Linear(96, 48, in: root / "b"),
        activation: activation, numerics: parameters.numerics)
    }
    let plain = try mlp(parameters)
    let x = try Random.normal([2, 5, 48]) * 3
    let residual = try Random.normal([2, 5, 48])
    let expected = try plain(x, residual: residual)
    let packed = try mlp(Parameters(from: parameters, numerics: Self.prepared))
    #expect(try difference(packed(x, residual: residual), expected) < 1e-5)
    let short = try mlp(Parameters(from: parameters, numerics: Self.short))
    let found = try short(x.to(.bfloat16), residual: residual.to(.bfloat16))
    #expect(found.dtype == .bfloat16)
    #expect(try difference(found, expected) < 0.05)
  }

  @Test(arguments: [(1, 1, 1), (3, 1, 1), (3, 2, 1), (4, 4, 1), (3, 1, 8)])
  func `a convolution gives the same prepared as plain`(
    kernel: Int, stride: Int, groups: Int
  ) throws {
    try Random.seed(2)
    let parameters = Parameters(from: nil)
    func layer(_ parameters: Parameters, _ padding: Conv2D.Padding) throws -> Conv2D {
      try Conv2D(
        8, 16, kernel: kernel, stride: stride, padding: padding, groups: groups, bias: true,
        in: parameters.root
      ).prepared(for: parameters.numerics)
    }
    let padding = Conv2D.Padding.symmetric(kernel == stride ? 0 : kernel / 2)
    let plain = try layer(parameters, padding)
    let x = try Random.normal([2, 8, 14, 14])
    let expected = try plain(x, activation: .relu)
    let packed = try layer(Parameters(from: parameters, numerics: Self.prepared), padding)
    let found = try packed(x.channelsLast(), activation: .relu)
    #expect(found.shape == expected.shape)
    #expect(try difference(found, expected) < 1e-5)
    let residual = try Random.normal(expected.shape)
    #expect(
      try difference(
        packed(x, activation: .relu, residual: residual),
        plain(x, activation: .relu, residual: residual)) < 1e-5)
  }

  @Test func `prepared rows do not depend on their neighbours`() throws {
    try Random.seed(3)
    for numerics in [Self.prepared, Self.short] {
      let map = try Linear(weight: Random.normal([768, 256]), bias: Random.normal([768]))
        .prepared(for: numerics)
      let x = try Random.normal([197, 256]).to(numerics.dtype)
      let together = try map(x)
      for count in [1, 2, 7, 52] {
        #expect(try difference(map(x.sliced(0..<count)), together.sliced(0..<count)) == 0)
      }
    }
  }

  @Test func `prepared parameters keep no second copy`() throws {
    let parameters = Parameters(from: nil, numerics: Self.prepared)
    _ = try Linear(4, 4, in: parameters.root)
    #expect(parameters.entries.isEmpty)
    #expect(parameters["weight"] == nil)
  }
}
