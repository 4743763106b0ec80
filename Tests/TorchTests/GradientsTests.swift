import Foundation
import TestSupport
import Testing
import Torch

@Suite(.drawsRandomNumbers) struct GradientsTests {
  @Test("the gradient of a sum of squares is twice the input")
  func squares() throws {
    let x = try Tensor([1, -2, 3] as [Float], shape: [3])
    try x.setRequiresGradient(true)
    try (x * x).sum().backward()
    #expect(try x.gradient()?.scalars() == [2, -4, 6])
  }

  @Test("nothing is recorded inside withoutGradients, and recording comes back after it")
  func scope() throws {
    let x = try Tensor.ones([2])
    try x.setRequiresGradient(true)
    let inside = try withoutGradients { try x * 2 }
    #expect(!inside.requiresGradient)
    #expect(try (x * 2).requiresGradient)
  }

  @Test("the switch comes back after an error too")
  func scopeAfterError() throws {
    let x = try Tensor.ones([2])
    try x.setRequiresGradient(true)
    #expect(throws: TorchError.self) {
      try withoutGradients { try x.reshaped(3) }
    }
    #expect(try (x * 2).requiresGradient)
  }

  @Test("autocast computes products in the shorter type inside the closure alone")
  func autocast() throws {
    let x = try Random.normal([4, 4])
    let inside = try withAutocast(.bfloat16, on: .cpu) { try x.matmul(x).dtype }
    #expect(inside == .bfloat16)
    #expect(try x.matmul(x).dtype == .float32)
  }

  @Test("a restored generator repeats its numbers")
  func randomState() throws {
    let state = try Random.state()
    let first = try Random.uniform([10]).scalars()
    try Random.restore(state)
    #expect(try Random.uniform([10]).scalars() == first)
    #expect(try Random.uniform([10]).scalars() != first)
  }

  @Test("the slope of each activation agrees with finite differences")
  func finiteDifferences() throws {
    let functions: [(Tensor) throws -> Tensor] = [
      { try $0.gelu() }, { try $0.quickGELU() }, { try $0.sigmoid() }, { try $0.softplus() },
    ]
    for function in functions {
      let x = try Tensor([-1.5, -0.2, 0.3, 2] as [Double], shape: [4])
      try x.setRequiresGradient(true)
      try function(x).sum().backward()
      let step = 1e-5
      let slope = try withoutGradients {
        try (function(x + step) - function(x - step)) / (2 * step)
      }
      let gradient = try #require(try x.gradient())
      #expect(try (gradient - slope).absolute().max().item() < 1e-8)
    }
  }
}
