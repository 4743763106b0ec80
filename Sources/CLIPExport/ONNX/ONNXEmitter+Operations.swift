import ONNX
import Torch

extension ONNXEmitter {
  mutating func emit(_ node: TowerGraph.Node) throws {
    switch node.operation {
    case .convolution, .batchNorm, .pad, .averagePool, .maximumPool, .linear, .matrixProduct,
      .layerNorm, .attention, .softmax, .lookUp:
      set(node.outputs[0], try layer(node))
    case .reshape, .expand, .permute, .concatenate, .slice, .select, .gather:
      set(node.outputs[0], try moved(node))
    case .split(let axis):
      let x = try result(of: node.inputs[0])
      var attributes: [String: ONNXAttribute] = ["axis": .integer(axis)]
      if settings.opset >= 18 { attributes["num_outputs"] = .integer(node.outputs.count) }
      let parts = nodes("Split", [x], attributes, count: node.outputs.count, as: x.dtype)
      for (output, part) in zip(node.outputs, parts) { set(output, part) }
    case .binary, .unary, .reduce, .cast, .choose:
      set(node.outputs[0], try elements(node))
    }
  }

  // MARK: Layers

  private mutating func layer(_ node: TowerGraph.Node) throws -> Operand {
    func inputs(_ range: Range<Int>, _ emitter: inout ONNXEmitter) throws -> [Operand] {
      let dtype = emitter.dtype
      return try node.inputs[range].map { try emitter.results(of: $0, as: dtype) }
    }
    let count = node.inputs.count
    switch node.operation {
    case .convolution(let stride, let padding, let groups):
      let kernel = Array(graph.shape(node.inputs[1]).suffix(2)).compactMap { size -> Int? in
        if case .fixed(let size) = size { size } else { nil }
      }
      let dtype = graph.convolutionType(node, groups: groups, dtype)
      let x = try results(of: node.inputs[0], as: dtype)
      let weight = try weight(node.inputs[1], axis: 0, as: dtype)
      let bias = try node.inputs.dropFirst(2).map { try results(of: $0, as: dtype) }
      return self.node(
        "Conv", [x, weight] + bias,
        [
          "strides": .integers(stride), "pads": .integers(padding), "group": .integer(groups),
          "kernel_shape": .integers(kernel),
        ], as: dtype)
    case .batchNorm(let epsilon):
      return self.node(
        "BatchNormalization", try inputs(0..<5, &self), ["epsilon": .number(Float(epsilon))],
        as: dtype)
    case .pad(let sides):
      let x = try results(of: node.inputs[0], as: dtype)
      let pads = try integers([0, 0, sides[0], sides[1], 0, 0, sides[2], sides[3]])
      return self.node("Pad", [x, pads], as: dtype)
    case .averagePool(let kernel, let stride):
      return self.node(
        "AveragePool", try inputs(0..<1, &self),
        ["kernel_shape": .integers([kernel, kernel]), "strides": .integers([stride, stride])],
        as: dtype)
    case .maximumPool(let kernel, let stride, let padding):
      return self.node(
        "MaxPool", try inputs(0..<1, &self),
        [
          "kernel_shape": .integers([kernel, kernel]), "strides": .integers([stride, stride]),
          "pads": .integers(Array(repeating: padding, count: 4)),
        ], as: dtype)
    case .linear:
      let dtype = graph.productType(node, dtype)
      let x = try results(of: node.inputs[0], as: dtype)
      let weight = try transposedWeight(node.inputs[1], as: dtype)
      let product = self.node("MatMul", [x, weight], as: dtype)
      guard count > 2 else { return product }
      return self.node("Add", [product, try results(of: node.inputs[2], as: dtype)], as: dtype)
    case .matrixProduct:
      let dtype = graph.productType(node, dtype)
      let x = try results(of: node.inputs[0], as: dtype)
      return self.node("MatMul", [x, try weight(node.inputs[1], axis: 1, as: dtype)], as: dtype)
    case .layerNorm(let epsilon):
      return self.node(
        "LayerNormalization", try inputs(0..<3, &self),
        ["axis": .integer(-1), "epsilon": .number(Float(epsilon))], as: dtype)
    case .softmax(let axis):
      let x = try results(of: node.inputs[0], as: .float32)
      return self.node("Softmax", [x], ["axis": .integer(axis)], as: .float32)
    case .lookUp: return try lookUp(node)
    case .attention(let scale): return try attention(node, scale: scale)
    default: throw ExportError.unsupported("\(node.operation) is no layer")
    }
  }

  /// `softmax(scale · query · keyᵀ + mask) · value`, the softmax and what it is of in `float32`; all of
  /// it where one token asks, of which there is one for each input.
  private mutating func attention(_ node: TowerGraph.Node, scale: Double) throws -> Operand {
    let shape = graph.shape(node.inputs[0])
    let rank = shape.count
    let dtype = shape[rank - 2] == .fixed(1) ? .float32 : self.dtype
    let query = self.node(
      "Mul", [try results(of: node.inputs[0], as: dtype), try number(scale, as: dtype)], as: dtype)
    var order = Array(0..<rank)
    order.swapAt(rank - 2, rank - 1)
    var source = node.inputs[1]
    // The heads' transposition and this one are one.
    if let before = producers[source], case .permute(let first) = before.operation {
      source = before.inputs[0]
      order = order.map { first[$0] }
    }
    let key = self.node(
      "Transpose", [try results(of: source, as: dtype)], ["perm": .integers(order)], as: dtype)
    var scores = cast(self.node("MatMul", [query, key], as: dtype), to: .float32)
    if node.inputs.count > 3 {
      let mask = try result(of: node.inputs[3])
      let added = mask.dtype == .bool ? try added(of: mask) : cast(mask, to: .float32)
      scores = self.node("Add", [scores, added], as: .float32)
    }
    let shares = self.node("Softmax", [scores], ["axis": .integer(-1)], as: .float32)
    return self.node(
      "MatMul", [cast(shares, to: dtype), try results(of: node.inputs[2], as: dtype)], as: dtype)
  }

  /// What is added to scores: nothing where the mask is true, -10000 elsewhere as in BERT.
  private mutating func added(of mask: Operand) throws -> Operand {
    let key = "mask of \(mask.name)"
    if let known = masks[key] { return known }
    let added = self.node(
      "Where", [mask, try number(0, as: .float32), try number(-10_000, as: .float32)], as: .float32)
    masks[key] = added
    return added
  }

  private mutating func lookUp(_ node: TowerGraph.Node) throws -> Operand {
    let indices = try result(of: node.inputs[1])
    guard settings.precision == .int8, let table = graph.constant(node.inputs[0]), table.rank == 2
    else {
      let table = try results(of: node.inputs[0], as: dtype)
      return self.node("Gather", [table, indices], ["axis": .integer(0)], as: dtype)
    }
    // A row at a time: dequantising the table would do for all words what few need.
    let quantized = try Quantization(table, axis: 0)
    let rows = self.node(
      "Gather", [try store(quantized, name(node.inputs[0])), indices], ["axis": .integer(0)],
      as: .int8)
    let scales = try initializer(
      quantized.scale.reshaped(-1, 1), name: name(node.inputs[0]).map { $0 + ".scale" })
    let scale = self.node("Gather", [scales, indices], ["axis": .integer(0)], as: dtype)
    return self.node("Mul", [cast(rows, to: dtype), scale], as: dtype)
  }

  // MARK: Weights

  private func name(_ value: TowerGraph.ValueID) -> String? {
    if case .constant(_, let name) = graph.values[value] { name } else { nil }
  }

  /// A weight with its outputs along an axis, quantised if wanted.
  private mutating func weight(
    _ value: TowerGraph.ValueID, axis: Int, as dtype: DType
  ) throws -> Operand {
    guard let tensor = graph.constant(value) else { return try results(of: value, as: dtype) }
    return try weight(tensor, name(value), axis: axis, as: dtype)
  }

  /// `[outputs, inputs]` as the second matrix of a product.
  private mutating func transposedWeight(
    _ value: TowerGraph.ValueID, as dtype: DType
  ) throws -> Operand {
    guard let tensor = graph.constant(value) else {
      let weight = try results(of: value, as: dtype)
      return node("Transpose", [weight], ["perm": .integers([1, 0])], as: dtype)
    }
    return try weight(tensor.transposed(), name(value), axis: 1, as: dtype)
  }

  private mutating func weight(
    _ tensor: Tensor, _ name: String?, axis: Int, as dtype: DType
  ) throws -> Operand {
    guard settings.precision == .int8, tensor.rank > 1, tensor.count >= 8192 else {
      return try initializer(tensor, name: name, dtype: dtype)
    }
    let quantized = try Quantization(tensor, axis: axis)
    let scale = try initializer(quantized.scale, name: name.map { $0 + ".scale" })
    return node(
      "DequantizeLinear", [try store(quantized, name), scale], ["axis": .integer(axis)], as: dtype)
  }

  private mutating func store(_ quantized: Quantization, _ name: String?) throws -> Operand {
    try initializer(quantized.values, name: name)
  }

  // MARK: The same elements in other places

  private mutating func moved(_ node: TowerGraph.Node) throws -> Operand {
    let x = try result(of: node.inputs[0])
    switch node.operation {
    case .reshape:
      let shape = try integers(target(of: node))
      return self.node("Reshape", [x, shape], as: x.dtype)
    case .expand: return self.node("Expand", [x, try expanded(node)], as: x.dtype)
    case .permute(let order):
      return self.node("Transpose", [x], ["perm": .integers(order)], as: x.dtype)
    case .concatenate(let axis):
      let parts = try node.inputs.map { input in
        graph.dtype(input).isFloatingPoint
          ? try results(of: input, as: dtype) : try result(of: input)
      }
      return self.node("Concat", parts, ["axis": .integer(axis)], as: parts[0].dtype)
    case .slice(let axis, let start):
      guard case .fixed(let size) = graph.shape(node.outputs[0])[axis] else {
        throw ExportError.unsupported("a part of the batch is taken")
      }
      let bounds = try [[start], [start + size], [axis]].map { try integers($0) }
      return self.node("Slice", [x] + bounds, as: x.dtype)
    case .select(let axis, let index):
      let place = try initializer(Tensor([Int64(index)], shape: []))
      return self.node("Gather", [x, place], ["axis": .integer(axis)], as: x.dtype)
    case .gather(let axis):
      let indices = try result(of: node.inputs[1])
      return self.node("GatherElements", [x, indices], ["axis": .integer(axis)], as: x.dtype)
    default: throw ExportError.unsupported("\(node.operation) moves no elements")
    }
  }

  /// A shape in Reshape's words: 0 keeps the size of an axis, -1 is worked out.
  private func target(of node: TowerGraph.Node) throws -> [Int] {
    let before = graph.shape(node.inputs[0])
    var unknown = 0
    let sizes = graph.shape(node.outputs[0]).enumerated().map { axis, size -> Int in
      switch size {
      case .fixed(let size): return size
      case .batch(let times):
        if let batch = settings.batch { return times * batch }
        if axis < before.count, before[axis] == size { return 0 }
        unknown += 1
        return -1
      }
    }
    guard unknown <= 1 else {
      throw ExportError.unsupported("a shape has the batch in several axes")
    }
    return sizes
  }

  /// A shape to expand to; where the batch is in it, worked out from the input.
  private mutating func expanded(_ node: TowerGraph.Node) throws -> Operand {
    let shape = graph.shape(node.outputs[0])
    guard settings.batch == nil,
      shape.contains(where: { if case .batch = $0 { true } else { false } })
    else {
      return try integers(
        shape.map { size in
          switch size {
          case .fixed(let size): size
          case .batch(let times): times * (settings.batch ?? 1)
          }
        })
    }
    let input = Operand(name: settings.input, dtype: graph.dtype(graph.input))
    let batch = self.node("Shape", [input], ["start": .integer(0), "end": .integer(1)], as: .int64)
    let parts = try shape.map { size -> Operand in
      switch size {
      case .fixed(let size): return try integers([size])
      case .batch(1): return batch
      case .batch: throw ExportError.unsupported("a multiple of the batch is expanded to")
      }
    }
    return self.node("Concat", parts, ["axis": .integer(0)], as: .int64)
  }

  // MARK: Element by element

  private mutating func elements(_ node: TowerGraph.Node) throws -> Operand {
    switch node.operation {
    case .binary(let operation): return try binary(operation, node)
    case .unary(let operation): return try unary(operation, result(of: node.inputs[0]))
    case .cast(let dtype): return cast(try result(of: node.inputs[0]), to: dtype)
    case .choose:
      let condition = try result(of: node.inputs[0])
      let parts = try node.inputs.dropFirst().map { try results(of: $0, as: dtype) }
      return self.node("Where", [condition] + parts, as: dtype)
    case .reduce(let reduction, let axes, let keepsAxes):
      let x = try results(of: node.inputs[0], as: .float32)
      let operation = [
        TowerGraph.Reduction.mean: "ReduceMean", .sum: "ReduceSum", .maximum: "ReduceMax",
      ]
      return try reduce(operation[reduction] ?? "", x, axes: axes, keepsAxes: keepsAxes)
    default: throw ExportError.unsupported("\(node.operation) is not of elements")
    }
  }

  /// In the type of what is computed; in `float32` where both differ.
  private mutating func binary(
    _ operation: TowerGraph.Binary, _ node: TowerGraph.Node
  ) throws -> Operand {
    let computed = try node.inputs.filter { graph.constant($0) == nil }.map {
      try result(of: $0).dtype
    }
    let type = Set(computed).count == 1 ? computed[0] : .float32
    let inputs = try node.inputs.map { input in
      graph.dtype(input).isFloatingPoint
        ? try results(of: input, as: type) : cast(try result(of: input), to: type)
    }
    let names: [TowerGraph.Binary: String] = [
      .add: "Add", .subtract: "Sub", .multiply: "Mul", .divide: "Div", .equal: "Equal",
    ]
    return self.node(names[operation] ?? "", inputs, as: operation == .equal ? .bool : type)
  }

  private mutating func unary(_ operation: TowerGraph.Unary, _ x: Operand) throws -> Operand {
    switch operation {
    case .relu: return node("Relu", [x], as: x.dtype)
    case .sigmoid: return node("Sigmoid", [x], as: x.dtype)
    case .tanh: return node("Tanh", [x], as: x.dtype)
    case .squareRoot: return node("Sqrt", [x], as: x.dtype)
    case .exp: return node("Exp", [x], as: x.dtype)
    case .not: return node("Not", [x], as: .bool)
    case .relu6:
      let bounds = try [number(0, as: x.dtype), number(6, as: x.dtype)]
      return node("Clip", [x] + bounds, as: x.dtype)
    case .silu:
      return node("Mul", [x, node("Sigmoid", [x], as: x.dtype)], as: x.dtype)
    case .gelu:
      guard settings.opset < 20 else { return node("Gelu", [x], as: x.dtype) }
      let scaled = try node("Div", [x, number(2.0.squareRoot(), as: x.dtype)], as: x.dtype)
      let shifted = try node(
        "Add", [node("Erf", [scaled], as: x.dtype), number(1, as: x.dtype)], as: x.dtype)
      return try node(
        "Mul", [node("Mul", [x, shifted], as: x.dtype), number(0.5, as: x.dtype)], as: x.dtype)
    }
  }
}
