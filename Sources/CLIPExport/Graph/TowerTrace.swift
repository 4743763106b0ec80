import Torch

/// Makes a graph for any batch of two traces, with one and with two elements: what doubles is a
/// multiple of the batch.
struct TowerTrace {
  private let one: TracedGraph
  private let two: TracedGraph
  /// What is computed, for messages.
  private let subject: String
  private let names: WeightNames
  private var graph = TowerGraph()
  /// The graph's value for a trace's.
  private var known: [Int: Int] = [:]

  /// Traces an encoder.
  ///
  /// - Parameters:
  ///   - subject: what is computed, for messages.
  ///   - names: of the tensors that the encoder is made of.
  ///   - input: makes an input of so many elements.
  ///   - body: the encoder.
  /// - Returns: the graph.
  /// - Throws: ``ExportError/unsupported(_:)`` with all operations that have no counterpart; what the
  ///   body throws.
  static func graph(
    of subject: String, names: WeightNames, input: (Int) throws -> Tensor,
    _ body: @escaping (Tensor) throws -> Tensor
  ) throws -> TowerGraph {
    var trace = TowerTrace(
      one: try TracedGraph(tracing: input(1), body), two: try TracedGraph(tracing: input(2), body),
      subject: subject, names: names)
    return try trace.read()
  }

  private init(one: TracedGraph, two: TracedGraph, subject: String, names: WeightNames) {
    self.one = one
    self.two = two
    self.subject = subject
    self.names = names
  }

  private func failure(_ problem: String) -> ExportError {
    .unsupported("the \(subject) cannot be exported: \(problem)")
  }

  private mutating func read() throws -> TowerGraph {
    guard one.nodes.map(\.kind) == two.nodes.map(\.kind), one.values.count == two.values.count,
      zip(one.nodes, two.nodes).allSatisfy({ $0.inputs == $1.inputs && $0.outputs == $1.outputs })
    else { throw failure("it computes other operations for two inputs than for one") }
    let unknown = Set(one.nodes.map(\.kind)).subtracting(TracedOperation.readers.keys)
    guard unknown.isEmpty else {
      let list = unknown.sorted().joined(separator: ", ")
      throw failure("\(list) \(unknown.count == 1 ? "has" : "have") no counterpart in the format")
    }
    graph.input = try value(one.input)
    for (index, node) in one.nodes.enumerated() {
      guard let read = TracedOperation.readers[node.kind] else { continue }
      var operation = TracedOperation(trace: self, index: index, node: node)
      do {
        try read(&operation)
      } catch let error as TracedOperation.Refusal {
        throw failure("\(node.kind) \(error.problem)")
      }
      self = operation.trace
    }
    graph.output = try value(one.output)
    return graph
  }

  /// The graph's value for a trace's.
  mutating func value(_ id: Int) throws -> Int {
    if let value = known[id] { return value }
    let value: Int
    switch (one.values[id], two.values[id]) {
    case (.computed(let first, let dtype), .computed(let second, _)):
      value = graph.add(.computed(shape: try dimensions(first, second), dtype: dtype))
    case (.tensor(let first), .tensor(let second)):
      guard first.shape == second.shape else {
        throw failure(
          "it makes a constant of \(first.shape) for one input, \(second.shape) for two")
      }
      value = graph.add(.constant(first, name: names[first]))
    default: throw failure("it takes \(one.values[id]) for a tensor")
    }
    known[id] = value
    return value
  }

  private func dimensions(_ one: [Int], _ two: [Int]) throws -> [TowerGraph.Dimension] {
    guard one.count == two.count else { throw failure("a shape changes its axes with the batch") }
    return try zip(one, two).map { first, second in
      if first == second { return .fixed(first) }
      guard second == 2 * first else {
        throw failure("a size of \(first) for one input is \(second) for two")
      }
      return .batch(times: first)
    }
  }

  /// A value of the trace that is no tensor.
  func traced(_ id: Int) -> TracedGraph.Value { one.values[id] }

  /// Whether the same numbers were read with one input and with two.
  func isSame(_ id: Int) -> Bool {
    switch (one.values[id], two.values[id]) {
    case (.integer(let a), .integer(let b)): a == b
    case (.integers(let a), .integers(let b)): a == b
    default: true
    }
  }

  /// Enters a constant number of a tensor's type.
  mutating func scalar(_ number: Double, like value: Int) throws -> Int {
    graph.add(.constant(try .full([], number, dtype: graph.dtype(value)), name: nil))
  }

  /// Enters an operation that gives what the trace's node gives.
  mutating func append(_ operation: TowerGraph.Operation, _ inputs: [Int], gives output: Int) throws
  {
    graph.nodes.append(.init(operation: operation, inputs: inputs, outputs: [try value(output)]))
  }

  /// Enters an operation between two of the trace.
  mutating func append(
    _ operation: TowerGraph.Operation, _ inputs: [Int], like value: Int, dtype: DType? = nil
  ) -> Int {
    let output = graph.add(
      .computed(shape: graph.shape(value), dtype: dtype ?? graph.dtype(value)))
    graph.nodes.append(.init(operation: operation, inputs: inputs, outputs: [output]))
    return output
  }

  /// Lets a value of the trace be another one's.
  mutating func alias(_ output: Int, _ value: Int) { known[output] = value }

  /// The number of axes of a value.
  func rank(_ value: Int) -> Int { graph.shape(value).count }

  /// The type of a value's elements.
  func dtype(_ value: Int) -> DType { graph.dtype(value) }

  /// The size of a value's last axis; nil where it depends on the batch.
  func lastSize(_ value: Int) -> Int? {
    if case .fixed(let size)? = graph.shape(value).last { size } else { nil }
  }
}

/// Names of an encoder's tensors by where their elements lie.
struct WeightNames {
  private var names: [Place: String] = [:]

  private struct Place: Hashable {
    let address: Int
    let count: Int
  }

  // By name.
  init(_ tensors: [(name: String, tensor: Tensor)]) throws {
    for (name, tensor) in tensors { names[try Self.place(tensor)] = name }
  }

  subscript(tensor: Tensor) -> String? {
    guard tensor.isContiguous, let place = try? Self.place(tensor) else { return nil }
    return names[place]
  }

  private static func place(_ tensor: Tensor) throws -> Place {
    Place(address: try tensor.withBytes { Int(bitPattern: $0.baseAddress) }, count: tensor.count)
  }
}
