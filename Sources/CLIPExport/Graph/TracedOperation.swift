import Torch

/// Reads one operation of a trace, whose arguments have the order of LibTorch's signatures.
///
/// Source: aten/src/ATen/native/native_functions.yaml.
struct TracedOperation {
  var trace: TowerTrace
  let index: Int
  let node: TracedGraph.Node

  /// Arguments that have no counterpart.
  struct Refusal: Error { let problem: String }

  typealias Reader = @Sendable (inout TracedOperation) throws -> Void

  /// How each operation is read, by LibTorch's name.
  static let readers: [String: Reader] = layers.merging(shapes) { a, _ in a }
    .merging(elements) { a, _ in a }

  func require(_ condition: Bool, _ problem: @autoclosure () -> String) throws {
    guard condition else { throw Refusal(problem: problem()) }
  }

  // MARK: Arguments

  mutating func tensor(_ argument: Int) throws -> Int {
    try trace.value(node.inputs[argument])
  }

  /// A tensor, or nothing where the argument is nil or missing.
  mutating func optional(_ argument: Int) throws -> Int? {
    guard argument < node.inputs.count else { return nil }
    if case .none = trace.traced(node.inputs[argument]) { return nil }
    return try tensor(argument)
  }

  /// A tensor, or a number as a constant of another's type.
  mutating func operand(_ argument: Int, like value: Int) throws -> Int {
    switch trace.traced(node.inputs[argument]) {
    case .integer(let number): try trace.scalar(Double(number), like: value)
    case .number(let number): try trace.scalar(number, like: value)
    default: try tensor(argument)
    }
  }

  func number(_ argument: Int) throws -> Double {
    switch trace.traced(node.inputs[argument]) {
    case .number(let value): value
    case .integer(let value): Double(value)
    default: throw Refusal(problem: "has an argument \(argument) that is no number")
    }
  }

  func integer(_ argument: Int) throws -> Int {
    guard case .integer(let value) = trace.traced(node.inputs[argument]),
      trace.isSame(node.inputs[argument])
    else { throw Refusal(problem: "has an argument \(argument) that depends on the batch") }
    return value
  }

  func integers(_ argument: Int) throws -> [Int] {
    guard trace.isSame(node.inputs[argument]) else {
      throw Refusal(problem: "has an argument \(argument) that depends on the batch")
    }
    switch trace.traced(node.inputs[argument]) {
    case .integers(let values): return values
    case .integer(let value): return [value]
    case .none: return []
    default: throw Refusal(problem: "has an argument \(argument) that is no list")
    }
  }

  func isNone(_ argument: Int) -> Bool {
    guard argument < node.inputs.count else { return true }
    if case .none = trace.traced(node.inputs[argument]) { return true }
    return false
  }

  mutating func list(_ argument: Int) throws -> [Int] {
    guard case .list(let members) = trace.traced(node.inputs[argument]) else {
      throw Refusal(problem: "has an argument \(argument) that is no list of tensors")
    }
    return try members.map { try trace.value($0) }
  }

  func axis(_ argument: Int, of value: Int) throws -> Int {
    let axis = try integer(argument)
    return axis < 0 ? axis + trace.rank(value) : axis
  }

  // MARK: Results

  mutating func give(_ operation: TowerGraph.Operation, _ inputs: [Int?]) throws {
    try trace.append(operation, inputs.compactMap { $0 }, gives: node.outputs[0])
  }

  mutating func give(same value: Int) { trace.alias(node.outputs[0], value) }
}

extension TracedOperation {
  /// Products, windows and norms.
  fileprivate static let layers: [String: Reader] = [
    "aten::_convolution": { call in
      let (stride, padding) = (try call.integers(3), try call.integers(4))
      try call.require(
        stride.count == 2 && padding.count == 2 && call.integers(5).allSatisfy { $0 == 1 }
          && call.integer(6) == 0,
        "is dilated or transposed")
      try call.give(
        .convolution(stride: stride, padding: padding + padding, groups: call.integer(8)),
        [call.tensor(0), call.tensor(1), call.optional(2)])
    },
    "aten::batch_norm": { call in
      try call.require(call.integer(5) == 0, "is in training")
      try call.give(.batchNorm(epsilon: call.number(7)), (0..<5).map { try call.tensor($0) })
    },
    "aten::constant_pad_nd": { call in
      let sides = try call.integers(1)
      try call.require(
        call.number(2) == 0 && sides.count == 4, "pads other axes than a picture's, or not by zero")
      try call.give(.pad([sides[2], sides[0], sides[3], sides[1]]), [call.tensor(0)])
    },
    "aten::avg_pool2d": { call in
      let (kernel, stride) = (try call.integers(1), try call.integers(2))
      try call.require(
        Set(kernel).count == 1 && Set(stride).count == 1
          && call.integers(3).allSatisfy { $0 == 0 } && call.integer(4) == 0,
        "has windows that are not square, or padding")
      try call.give(.averagePool(kernel: kernel[0], stride: stride[0]), [call.tensor(0)])
    },
    "aten::max_pool2d": { call in
      let (kernel, stride) = (try call.integers(1), try call.integers(2))
      let padding = try call.integers(3)
      try call.require(
        [kernel, stride, padding].allSatisfy { Set($0).count == 1 }
          && call.integers(4).allSatisfy { $0 == 1 } && call.integer(5) == 0,
        "has windows that are not square, or dilated")
      try call.give(
        .maximumPool(kernel: kernel[0], stride: stride[0], padding: padding[0]), [call.tensor(0)])
    },
    "aten::linear": { call in
      try call.give(.linear, [call.tensor(0), call.tensor(1), call.optional(2)])
    },
    "aten::matmul": { call in
      try call.give(.matrixProduct, [call.tensor(0), call.tensor(1)])
    },
    "aten::layer_norm": { call in
      try call.require(call.integers(1).count == 1, "is over several axes")
      try call.require(!call.isNone(2) && !call.isNone(3), "has no scale or no shift")
      try call.give(
        .layerNorm(epsilon: call.number(4)), [call.tensor(0), call.tensor(2), call.tensor(3)])
    },
    "aten::scaled_dot_product_attention": { call in
      try call.require(
        call.number(4) == 0 && call.integer(5) == 0, "has dropout, or is causal without a mask")
      let query = try call.tensor(0)
      let scale =
        call.isNone(6) ? 1 / Double(try call.width(query)).squareRoot() : try call.number(6)
      try call.give(
        .attention(scale: scale), [query, call.tensor(1), call.tensor(2), call.optional(3)])
    },
    "aten::softmax": { call in
      let x = try call.tensor(0)
      try call.give(.softmax(axis: call.axis(1, of: x)), [x])
    },
    "aten::embedding": { call in try call.give(.lookUp, [call.tensor(0), call.tensor(1)]) },
  ]

  /// The size of a value's last axis.
  private func width(_ value: Int) throws -> Int {
    guard let width = trace.lastSize(value) else {
      throw Refusal(problem: "has a width that depends on the batch")
    }
    return width
  }

  /// The same elements in other places.
  fileprivate static let shapes: [String: Reader] = [
    "aten::contiguous": { call in call.give(same: try call.tensor(0)) },
    "aten::clone": { call in call.give(same: try call.tensor(0)) },
    "aten::detach": { call in call.give(same: try call.tensor(0)) },
    "aten::reshape": { call in try call.give(.reshape, [call.tensor(0)]) },
    "aten::view": { call in try call.give(.reshape, [call.tensor(0)]) },
    "aten::unsqueeze": { call in try call.give(.reshape, [call.tensor(0)]) },
    "aten::squeeze": { call in try call.give(.reshape, [call.tensor(0)]) },
    "aten::expand": { call in try call.give(.expand, [call.tensor(0)]) },
    "aten::transpose": { call in
      let x = try call.tensor(0)
      var order = Array(0..<call.trace.rank(x))
      try order.swapAt(call.axis(1, of: x), call.axis(2, of: x))
      try call.give(.permute(order), [x])
    },
    "aten::permute": { call in
      let x = try call.tensor(0)
      let rank = call.trace.rank(x)
      try call.give(.permute(call.integers(1).map { $0 < 0 ? $0 + rank : $0 }), [x])
    },
    "aten::cat": { call in
      let parts = try call.list(0)
      try call.give(.concatenate(axis: call.axis(1, of: parts.first ?? 0)), parts)
    },
    "aten::narrow": { call in
      let x = try call.tensor(0)
      try call.give(.slice(axis: call.axis(1, of: x), start: call.integer(2)), [x])
    },
    "aten::select": { call in
      let x = try call.tensor(0)
      try call.give(.select(axis: call.axis(1, of: x), index: call.integer(2)), [x])
    },
    "aten::gather": { call in
      let x = try call.tensor(0)
      try call.give(.gather(axis: call.axis(1, of: x)), [x, call.tensor(2)])
    },
    "aten::mean": { call in try call.reduce(.mean) },
    "aten::sum": { call in try call.reduce(.sum) },
    "aten::amax": { call in try call.reduce(.maximum) },
  ]

  private mutating func reduce(_ reduction: TowerGraph.Reduction) throws {
    let x = try tensor(0)
    let rank = trace.rank(x)
    let axes = try integers(1).map { $0 < 0 ? $0 + rank : $0 }
    try give(
      .reduce(
        reduction, axes: axes.isEmpty ? Array(0..<rank) : axes,
        keepsAxes: node.inputs.count > 2 && integer(2) != 0), [x])
  }

  /// Element by element.
  fileprivate static let elements: [String: Reader] = [
    "aten::add": { call in try call.sum() },
    "aten::sub": { call in
      let x = try call.tensor(0)
      try call.require(call.number(2) == 1, "has a factor")
      try call.give(.binary(.subtract), [x, call.operand(1, like: x)])
    },
    "aten::mul": { call in try call.binary(.multiply) },
    "aten::div": { call in try call.binary(.divide) },
    "aten::eq": { call in try call.binary(.equal) },
    "aten::ne": { call in
      let x = try call.tensor(0)
      let equal = try call.trace.append(
        .binary(.equal), [x, call.operand(1, like: x)], like: x, dtype: .bool)
      try call.give(.unary(.not), [equal])
    },
    "aten::logical_not": { call in try call.give(.unary(.not), [call.tensor(0)]) },
    "aten::relu": { call in try call.give(.unary(.relu), [call.tensor(0)]) },
    "aten::relu6": { call in try call.give(.unary(.relu6), [call.tensor(0)]) },
    "aten::sigmoid": { call in try call.give(.unary(.sigmoid), [call.tensor(0)]) },
    "aten::silu": { call in try call.give(.unary(.silu), [call.tensor(0)]) },
    "aten::tanh": { call in try call.give(.unary(.tanh), [call.tensor(0)]) },
    "aten::sqrt": { call in try call.give(.unary(.squareRoot), [call.tensor(0)]) },
    "aten::exp": { call in try call.give(.unary(.exp), [call.tensor(0)]) },
    "aten::gelu": { call in
      guard case .text("none") = call.trace.traced(call.node.inputs[1]) else {
        throw Refusal(problem: "is the approximation by tanh")
      }
      try call.give(.unary(.gelu), [call.tensor(0)])
    },
    "aten::masked_fill": { call in
      let x = try call.tensor(0)
      try call.give(.choose, [call.tensor(1), call.operand(2, like: x), x])
    },
    "aten::where": { call in
      try call.give(.choose, [call.tensor(0), call.tensor(1), call.tensor(2)])
    },
    "aten::to": { call in
      let x = try call.tensor(0)
      let output = try call.trace.value(call.node.outputs[0])
      let dtype = call.trace.dtype(output)
      if dtype == call.trace.dtype(x) {
        call.give(same: x)
      } else {
        try call.give(.cast(dtype), [x])
      }
    },
  ]

  private mutating func binary(_ operation: TowerGraph.Binary) throws {
    let x = try tensor(0)
    try give(.binary(operation), [x, operand(1, like: x)])
  }

  /// LibTorch's sum has a factor for the second, which is how it subtracts.
  private mutating func sum() throws {
    let x = try tensor(0)
    let factor = try number(2)
    try require(abs(factor) == 1, "has the factor \(factor)")
    try give(.binary(factor == 1 ? .add : .subtract), [x, operand(1, like: x)])
  }
}
