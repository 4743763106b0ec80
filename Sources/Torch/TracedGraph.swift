internal import CTorch

/// What a function of one tensor computed, operation by operation, as LibTorch saw it.
///
/// Operations have LibTorch's own names (`aten::linear`) and signatures. Sizes that the function read
/// from shapes are constants of the input that it was traced with.
package struct TracedGraph: Sendable {
  /// A number for what an operation takes or gives.
  package typealias ValueID = Int

  /// What is known of a value.
  package enum Value: Sendable {
    /// Computed by an operation, or the graph's input.
    case computed(shape: [Int], dtype: DType)
    /// A weight, or what the function made from weights alone.
    case tensor(Tensor)
    case none
    case integer(Int)
    case integers([Int])
    case number(Double)
    case numbers([Double])
    case text(String)
    /// Several values together, such as what is concatenated.
    case list([ValueID])
  }

  /// One operation.
  package struct Node: Sendable {
    /// LibTorch's name for it, as `aten::layer_norm`.
    package let kind: String
    package let inputs: [ValueID]
    package let outputs: [ValueID]
  }

  package let values: [Value]
  /// In the order in which they were computed.
  package let nodes: [Node]
  package let input: ValueID
  package let output: ValueID

  /// Calls a function once, without gradients, and writes down what it computes.
  ///
  /// - Parameters:
  ///   - input: what the function gets; its sizes become constants.
  ///   - body: must compute on LibTorch alone: what it reads out of tensors into Swift is a constant.
  /// - Throws: what the body throws; `TorchError`.
  package init(
    tracing input: Tensor, _ body: @escaping (Tensor) throws -> Tensor
  ) throws {
    let outside = OutsideFunction(body)
    var handle: ct_graph?
    do {
      try check(ct_trace(input.handle, outside.function, &handle))
    } catch {
      throw outside.failure ?? error
    }
    guard let handle else { throw TorchError("LibTorch returned no graph") }
    defer { ct_graph_free(handle) }
    self.input = Int(ct_graph_input(handle))
    output = Int(ct_graph_output(handle))
    values = try (0..<ct_graph_value_count(handle)).map { try Self.value($0, of: handle) }
    nodes = (0..<ct_graph_node_count(handle)).map { index in
      let node = ct_graph_node(handle, index)
      func ids(_ start: UnsafePointer<Int32>?, _ count: Int32) -> [ValueID] {
        UnsafeBufferPointer(start: start, count: Int(count)).map { Int($0) }
      }
      return Node(
        kind: String(cString: node.kind), inputs: ids(node.inputs, node.input_count),
        outputs: ids(node.outputs, node.output_count))
    }
  }

  private static func value(_ index: Int32, of graph: ct_graph) throws(TorchError) -> Value {
    let value = ct_graph_value(graph, index)
    let integers = UnsafeBufferPointer(
      start: value.integers, count: value.kind == CT_VALUE_NUMBERS ? 0 : Int(value.count)
    ).map { Int($0) }
    switch value.kind {
    case CT_VALUE_TENSOR: return .tensor(try produce { ct_graph_tensor(graph, index, $0) })
    case CT_VALUE_NONE: return .none
    case CT_VALUE_INTEGERS:
      return value.is_scalar ? .integer(integers.first ?? 0) : .integers(integers)
    case CT_VALUE_NUMBERS:
      let numbers = Array(UnsafeBufferPointer(start: value.numbers, count: Int(value.count)))
      return value.is_scalar ? .number(numbers.first ?? 0) : .numbers(numbers)
    case CT_VALUE_TEXT: return .text(value.text.map { String(cString: $0) } ?? "")
    case CT_VALUE_LIST: return .list(integers)
    default: return .computed(shape: integers, dtype: DType(value.dtype) ?? .float64)
    }
  }
}
