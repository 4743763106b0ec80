import TestSupport
import Testing
import Torch
import TorchNN

@Suite(.drawsRandomNumbers) struct LayersTests {
  /// The largest difference of two tensors.
  func difference(_ a: Tensor, _ b: Tensor) throws -> Double {
    try (a - b).absolute().max().item()
  }

  @Test("the two epsilons of layer norms give different values on nearly constant input")
  func layerNormEpsilon() throws {
    let x = try Tensor([1, 1.001, 0.999, 1] as [Float], shape: [1, 4])
    let clip = try LayerNorm(4, epsilon: 1e-5, in: Parameters(from: nil).root)(x)
    let bert = try LayerNorm(4, epsilon: 1e-12, in: Parameters(from: nil).root)(x)
    #expect(try difference(clip, bert) > 0.5)
    #expect(abs(try bert.variance(axis: -1).item() - 1) < 1e-2)
  }

  @Test("a folded convolution computes what convolution and batch norm do")
  func folding() throws {
    try Random.seed(1)
    let parameters = Parameters(from: nil)
    let convolution = try Conv2D(
      3, 4, kernel: 3, stride: 2, padding: .same, in: parameters.root / "conv")
    let norm = try BatchNorm2D(4, in: parameters.root / "bn")
    let x = try Random.normal([2, 3, 9, 9])
    _ = try norm(convolution(x), mode: .training)  // moves the running statistics
    let prepared = Numerics(dtype: .float32, device: .cpu, prepared: true)
    let folded = try ConvNorm(convolution, norm, numerics: prepared)
    let plain = try ConvNorm(convolution, norm, numerics: .exact)
    #expect(try difference(folded(x), plain(x)) < 1e-5)
  }

  @Test(
    "TensorFlow's padding gives ⌈size / stride⌉",
    arguments: [(224, 3, 2, 112), (7, 5, 1, 7), (15, 3, 2, 8), (56, 5, 2, 28)])
  func samePadding(size: Int, kernel: Int, stride: Int, expected: Int) throws {
    let layer = try Conv2D(
      1, 1, kernel: kernel, stride: stride, padding: .same, in: Parameters(from: nil).root)
    #expect(try layer(.zeros([1, 1, size, size])).shape == [1, 1, expected, expected])
  }

  @Test("asking for the first token alone gives the first of all")
  func firstOnly() throws {
    let attention = try MultiHeadAttention(width: 16, heads: 4, in: Parameters(from: nil).root)
    let x = try Random.normal([2, 5, 16])
    let all = try attention(x).sliced(0..<1, axis: 1)
    #expect(try difference(attention(x, asking: .first), all) < 1e-6)
  }

  @Test("a masked key changes nothing")
  func mask() throws {
    let attention = try MultiHeadAttention(width: 8, heads: 2, in: Parameters(from: nil).root)
    let x = try Random.normal([1, 4, 8])
    let mask = try Tensor([true, true, true, false], shape: [1, 1, 1, 4])
    let short = try attention(x.sliced(0..<3, axis: 1))
    #expect(try difference(attention(x, mask: mask).sliced(0..<3, axis: 1), short) < 1e-6)
  }

  @Test("gradients reach the fused projection of an attention")
  func fusedGradient() throws {
    let parameters = Parameters(from: nil)
    let attention = try MultiHeadAttention(width: 8, heads: 2, in: parameters.root)
    let weight = try #require(parameters["in_proj_weight"])
    try weight.setRequiresGradient(true)
    try attention(Random.normal([1, 3, 8])).sum().backward()
    #expect(try #require(try weight.gradient()).norm().item() > 0)
  }
}
