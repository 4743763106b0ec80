import Testing
import Torch

@Suite("TracedGraph")
struct TracedGraphTests {
  @Test("names every operation with its shapes, and takes what is captured for constants")
  func operations() throws {
    let weight = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    let graph = try TracedGraph(tracing: .zeros([4, 3])) { x in
      try x.matmul(weight.transposed()).softmax(axis: 1)
    }
    #expect(graph.nodes.map(\.kind).contains("aten::matmul"))
    #expect(graph.nodes.last?.kind == "aten::softmax")
    guard case .computed(let shape, .float32) = graph.values[graph.output] else {
      Issue.record("the output is \(graph.values[graph.output])")
      return
    }
    #expect(shape == [4, 2])
    let constants = graph.values.filter { if case .tensor = $0 { true } else { false } }
    #expect(constants.count == 1)
  }

  @Test("what the function throws comes out unchanged")
  func failure() throws {
    struct Refusal: Error {}
    #expect(throws: Refusal.self) {
      _ = try TracedGraph(tracing: .zeros([1])) { _ in throw Refusal() }
    }
  }
}
