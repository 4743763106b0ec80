import Foundation
import ONNX
import ONNXTorch
import TestSupport
import Testing
import Torch

@Suite("Running ONNX models")
struct ONNXSessionTests {
  /// A model of one operation.
  static func session(
    _ node: ONNXNode, inputs: [String: ONNXElementType], constants: [ONNXTensor] = [],
    opset: Int = 18
  ) throws -> ONNXSession {
    var model = ONNXModel(name: "one", opset: opset)
    model.nodes = [node]
    model.initializers = constants
    model.inputs = inputs.sorted { $0.key < $1.key }.map {
      ONNXValue(name: $0.key, elementType: $0.value, shape: nil)
    }
    model.outputs = node.outputs.map { ONNXValue(name: $0, elementType: nil, shape: nil) }
    return try ONNXSession(model)
  }

  private func run(
    _ operation: String, _ inputs: [Tensor], _ attributes: [String: ONNXAttribute] = [:],
    outputs: Int = 1
  ) throws -> [Tensor] {
    let names = inputs.indices.map { "x\($0)" }
    let results = (0..<outputs).map { "y\($0)" }
    let session = try Self.session(
      ONNXNode(operation, inputs: names, outputs: results, attributes: attributes),
      inputs: Dictionary(
        uniqueKeysWithValues: zip(names, inputs.map { ONNXElementType($0.dtype) })))
    let found = try session.run(Dictionary(uniqueKeysWithValues: zip(names, inputs)))
    return try results.map { try #require(found[$0]) }
  }

  private func numbers(_ values: [Int], _ shape: [Int]? = nil) throws -> Tensor {
    try Tensor(values.map { Int64($0) }, shape: shape ?? [values.count])
  }

  // Expected values are worked out by hand from onnx/docs/Operators.md.
  @Test("slices count from the end, take steps and stop at the edge")
  func slices() throws {
    let x = try Tensor.range(0..<10).reshaped(2, 5)
    func slice(_ starts: [Int], _ ends: [Int], _ axes: [Int], _ steps: [Int]) throws -> [Int64] {
      try run(
        "Slice", [x, numbers(starts), numbers(ends), numbers(axes), numbers(steps)])[0]
        .scalars(Int64.self)
    }
    #expect(try slice([1], [100], [1], [2]) == [1, 3, 6, 8])
    #expect(try slice([-2], [Int.max], [-1], [1]) == [3, 4, 8, 9])
    #expect(try slice([1, 0], [2, -3], [0, 1], [1, 1]) == [5, 6])
    #expect(try slice([4], [1], [1], [1]).isEmpty)
  }

  @Test("reshape keeps sizes by zero, and split, gather, transpose and concat move elements")
  func shapes() throws {
    let x = try Tensor.range(0..<12).reshaped(2, 3, 2)
    #expect(try run("Reshape", [x, numbers([0, -1])])[0].shape == [2, 6])
    let parts = try run(
      "Split", [x], ["axis": .integer(1), "num_outputs": .integer(2)], outputs: 2)
    #expect(parts.map(\.shape) == [[2, 2, 2], [2, 1, 2]])
    let picked = try run("Gather", [x, numbers([-1, 0], [1, 2])], ["axis": .integer(1)])[0]
    #expect(picked.shape == [2, 1, 2, 2])
    #expect(try picked.scalars(Int64.self) == [4, 5, 0, 1, 10, 11, 6, 7])
    let turned = try run("Transpose", [x], ["perm": .integers([2, 0, 1])])[0]
    #expect(turned.shape == [2, 2, 3])
    #expect(try turned.scalars(Int64.self) == [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11])
    #expect(try run("Shape", [x], ["start": .integer(-2)])[0].scalars(Int64.self) == [3, 2])
    let padded = try run(
      "Pad", [Tensor([1, 2] as [Float], shape: [1, 2]), numbers([0, 1, 1, 0])])[0]
    #expect(try padded.scalars(Float.self) == [0, 1, 2, 0, 0, 0])
  }

  @Test("quantised numbers come back within half a step")
  func quantization() throws {
    let x = try Tensor([-1, -0.4, 0, 0.26, 0.9, 2] as [Float], shape: [2, 3])
    let scale = try Tensor([0.01, 0.02] as [Float], shape: [2])
    let zero = try Tensor([0, 0] as [Int8], shape: [2])
    let q = try run("QuantizeLinear", [x, scale, zero], ["axis": .integer(0)])[0]
    #expect(try q.scalars(Int8.self) == [-100, -40, 0, 13, 45, 100])
    let back = try run("DequantizeLinear", [q, scale], ["axis": .integer(0)])[0]
    #expect(try (back - x).absolute().max().item() < 1e-6)
  }

  @Test("a convolution with uneven padding sees zeros where ONNX puts them")
  func convolution() throws {
    let x = try Tensor([1, 2, 3, 4] as [Float], shape: [1, 1, 2, 2])
    let weight = try Tensor([1, 10, 100, 1000] as [Float], shape: [1, 1, 2, 2])
    let y = try run(
      "Conv", [x, weight], ["pads": .integers([0, 1, 1, 0]), "kernel_shape": .integers([2, 2])])[0]
    #expect(y.shape == [1, 1, 2, 2])
    #expect(try y.scalars(Float.self) == [3010, 4321, 30, 43])
  }

  @Test("sixteen bits are computed in thirty-two and rounded")
  func halves() throws {
    let x = try Tensor.full([1, 4096], 1, dtype: .float16)
    let sum = try run("ReduceSum", [x, numbers([1])])[0]
    #expect(sum.dtype == .float16)
    #expect(try sum.to(.float32).item() == 4096)
  }

  @Test(
    "what would not fit in memory, or makes no sense, is a sentence",
    arguments: [
      ("Expand", [1 << 40], "too large"), ("ConstantOfShape", [1 << 20, 1 << 20], "too large"),
      ("ConstantOfShape", [-5], "too large"), ("Reshape", [7, 7], "invalid"),
      ("Reshape", [0, 0, 0], "there is no axis"),
    ])
  func hostile(operation: String, shape: [Int], problem: String) throws {
    let x = try Tensor.ones([1])
    let shape = try numbers(shape)
    let inputs = operation == "ConstantOfShape" ? [shape] : [x, shape]
    #expect(message { _ = try run(operation, inputs) }.contains(problem))
  }

  @Test("operators that are not known are all named at once, and disorder is found")
  func refusals() throws {
    var model = ONNXModel(name: "strange", opset: 18)
    model.nodes = [
      ONNXNode("Einsum", inputs: [], outputs: ["a"]), ONNXNode("LSTM", inputs: [], outputs: ["b"]),
      ONNXNode("FusedMatMul", inputs: [], outputs: ["c"], domain: "com.microsoft"),
    ]
    #expect(
      message { _ = try ONNXSession(model) }.hasSuffix(
        "cannot be run here: Einsum, LSTM, com.microsoft.FusedMatMul"))
    model.nodes = [ONNXNode("Relu", inputs: ["later"], outputs: ["a"])]
    #expect(message { _ = try ONNXSession(model) }.contains("takes 'later', which nothing before"))
    model.nodes = [
      ONNXNode("Identity", inputs: [""], outputs: ["a"]),
      ONNXNode("Identity", inputs: ["a"], outputs: ["a"]),
    ]
    #expect(message { _ = try ONNXSession(model) }.contains("gives 'a', which there is already"))
    model.opset = 9
    #expect(message { _ = try ONNXSession(model) }.contains("version 9"))
  }

  @Test("inputs of another type, size or name are refused")
  func inputs() throws {
    var model = ONNXModel(name: "sum", opset: 18)
    model.inputs = ["a", "b"].map {
      ONNXValue(name: $0, elementType: .float32, shape: [.named("n"), .fixed(2)])
    }
    model.nodes = [ONNXNode("Add", inputs: ["a", "b"], outputs: ["c"])]
    model.outputs = [ONNXValue(name: "c", elementType: .float32, shape: nil)]
    let session = try ONNXSession(model)
    let good = try Tensor.ones([3, 2])
    #expect(try session.run(["a": good, "b": good])["c"]?.sum().item() == 12)
    let wrong = try [
      Tensor.ones([4, 2]), .ones([3, 3]), .ones([3, 2], dtype: .int64), .ones([6]),
    ]
    for bad in wrong {
      #expect(message { _ = try session.run(["a": good, "b": bad]) }.contains("'b float [n, 2]'"))
    }
    #expect(message { _ = try session.run(["a": good]) }.contains("is missing"))
    #expect(
      message { _ = try session.run(["a": good, "b": good, "d": good]) }.contains("no input 'd'"))
  }
}
