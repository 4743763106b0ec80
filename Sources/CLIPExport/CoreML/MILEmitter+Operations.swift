import CoreMLPackage
import Torch

extension MILEmitter {
  /// The type that layers compute in.
  var dtype: DType { settings.dtype }

  mutating func emit(_ node: TowerGraph.Node) throws {
    switch node.operation {
    case .convolution, .batchNorm, .pad, .averagePool, .maximumPool, .linear, .matrixProduct,
      .layerNorm, .attention, .softmax, .lookUp:
      set(node.outputs[0], try layer(node))
    case .expand:
      try expand(node)
    case .reshape, .permute, .concatenate, .slice, .select, .gather:
      set(node.outputs[0], try moved(node))
    case .split(let axis):
      let x = try result(of: node.inputs[0])
      let parts = operations(
        "split", ["x": [x], "num_splits": [integer(node.outputs.count)], "axis": [integer(axis)]],
        node.outputs.map { .init(x.type.element, shape(of: $0)) })
      for (output, part) in zip(node.outputs, parts) { set(output, part) }
    case .binary, .unary, .reduce, .cast, .choose:
      set(node.outputs[0], try elements(node))
    }
  }

  private func type(
    _ node: TowerGraph.Node, _ dtype: DType
  ) throws -> MLProgram.TensorType {
    .init(try .init(dtype), shape(of: node.outputs[0]))
  }

  // MARK: Layers

  private mutating func layer(_ node: TowerGraph.Node) throws -> Operand {
    func input(_ place: Int, _ emitter: inout MILEmitter) throws -> Operand {
      try emitter.results(of: node.inputs[place], as: emitter.dtype)
    }
    switch node.operation {
    case .convolution(let stride, let padding, let groups):
      let dtype = graph.convolutionType(node, groups: groups, dtype)
      var inputs = [
        "x": try results(of: node.inputs[0], as: dtype),
        "weight": try weight(node.inputs[1], as: dtype),
        "strides": integers(stride), "pad_type": text("custom"),
        "pad": integers([padding[0], padding[2], padding[1], padding[3]]),
        "dilations": integers([1, 1]), "groups": integer(groups),
      ]
      if node.inputs.count > 2 { inputs["bias"] = try results(of: node.inputs[2], as: dtype) }
      return operation("conv", inputs, try type(node, dtype))
    case .batchNorm(let epsilon):
      return operation(
        "batch_norm",
        [
          "x": try input(0, &self), "gamma": try input(1, &self), "beta": try input(2, &self),
          "mean": try input(3, &self), "variance": try input(4, &self),
          "epsilon": try self.epsilon(epsilon),
        ], try type(node, dtype))
    case .pad(let sides):
      let pad = integers([0, 0, 0, 0, sides[0], sides[2], sides[1], sides[3]])
      return operation(
        "pad",
        [
          "x": try input(0, &self), "pad": pad, "mode": text("constant"),
          "constant_val": try number(0, as: dtype),
        ], try type(node, dtype))
    case .averagePool(let kernel, let stride):
      return operation(
        "avg_pool",
        [
          "x": try input(0, &self), "kernel_sizes": integers([kernel, kernel]),
          "strides": integers([stride, stride]), "pad_type": text("valid"),
          "pad": integers([0, 0, 0, 0]), "exclude_padding_from_average": flag(false),
          "ceil_mode": flag(false),
        ], try type(node, dtype))
    case .maximumPool(let kernel, let stride, let padding):
      return operation(
        "max_pool",
        [
          "x": try input(0, &self), "kernel_sizes": integers([kernel, kernel]),
          "strides": integers([stride, stride]), "pad_type": text("custom"),
          "pad": integers(Array(repeating: padding, count: 4)), "ceil_mode": flag(false),
        ], try type(node, dtype))
    case .linear: return try linear(node)
    case .matrixProduct:
      return operation(
        "matmul",
        [
          "x": try input(0, &self), "y": try input(1, &self), "transpose_x": flag(false),
          "transpose_y": flag(false),
        ], try type(node, dtype))
    case .layerNorm(let epsilon):
      return operation(
        "layer_norm",
        [
          "x": try input(0, &self), "axes": integers([-1]), "gamma": try input(1, &self),
          "beta": try input(2, &self), "epsilon": try self.epsilon(epsilon),
        ], try type(node, dtype))
    case .softmax(let axis):
      return operation(
        "softmax", ["x": try input(0, &self), "axis": integer(axis)], try type(node, dtype))
    case .lookUp:
      return operation(
        "gather",
        [
          "x": try weight(node.inputs[0], as: dtype), "indices": try result(of: node.inputs[1]),
          "axis": integer(0), "batch_dims": integer(0),
        ], try type(node, dtype))
    case .attention(let scale): return try attention(node, scale: scale)
    default: throw ExportError.unsupported("\(node.operation) is no layer")
    }
  }

  /// BERT's 1e-12 would be zero in half precision.
  private mutating func epsilon(_ epsilon: Double) throws -> Operand {
    try number(dtype == .float16 ? max(epsilon, 1e-7) : epsilon, as: dtype)
  }

  private mutating func linear(_ node: TowerGraph.Node) throws -> Operand {
    let dtype = graph.productType(node, dtype)
    guard let weight = graph.constant(node.inputs[1]), graph.shape(node.inputs[0]).count <= 3 else {
      throw ExportError.unsupported("Core ML has no linear map of this kind")
    }
    // coremltools always names a shift, so the runtime has seen no map without one.
    let bias =
      node.inputs.count > 2
      ? try results(of: node.inputs[2], as: dtype)
      : try constant(.zeros([weight.shape[0]]), dtype: dtype)
    return operation(
      "linear",
      [
        "x": try results(of: node.inputs[0], as: dtype),
        "weight": try self.weight(node.inputs[1], as: dtype), "bias": bias,
      ], try type(node, dtype))
  }

  /// `softmax(scale · query · keyᵀ + mask) · value`.
  private mutating func attention(_ node: TowerGraph.Node, scale: Double) throws -> Operand {
    let query = try results(of: node.inputs[0], as: dtype)
    let key = try results(of: node.inputs[1], as: dtype)
    let scaled = operation(
      "mul", ["x": query, "y": try number(scale, as: dtype)], query.type)
    let sizes = query.type.shape.dropLast() + [key.type.shape[key.type.shape.count - 2]]
    let type = MLProgram.TensorType(query.type.element, Array(sizes))
    var scores = operation(
      "matmul", ["x": scaled, "y": key, "transpose_x": flag(false), "transpose_y": flag(true)], type
    )
    if node.inputs.count > 3 {
      scores = operation("add", ["x": scores, "y": try added(of: node.inputs[3])], type)
    }
    let shares = operation("softmax", ["x": scores, "axis": integer(-1)], type)
    let value = try results(of: node.inputs[2], as: dtype)
    return operation(
      "matmul",
      ["x": shares, "y": value, "transpose_x": flag(false), "transpose_y": flag(false)],
      try self.type(node, dtype))
  }

  /// What is added to scores: nothing where the mask is true, -10000 elsewhere as in BERT.
  private mutating func added(of mask: TowerGraph.ValueID) throws -> Operand {
    let attended = try results(of: mask, as: dtype)
    guard graph.dtype(mask) == .bool else { return attended }
    let missing = operation(
      "sub", ["x": attended, "y": try number(1, as: dtype)], attended.type)
    return operation(
      "mul", ["x": missing, "y": try number(10_000, as: dtype)], attended.type)
  }

  // MARK: The same elements in other places

  /// A constant for each input is only remembered, until it is put beside what is computed.
  private mutating func expand(_ node: TowerGraph.Node) throws {
    let (before, after) = (shape(of: node.inputs[0]), shape(of: node.outputs[0]))
    let sizes = after.compactMap { $0 }
    if let constant = graph.constant(node.inputs[0]) {
      guard sizes.count == after.count else {
        set(node.outputs[0], repeats: node.inputs[0])
        return
      }
      set(
        node.outputs[0],
        try self.constant(
          constant.expanded(sizes).contiguous(), dtype: constant.dtype.isFloatingPoint ? dtype : nil
        ))
      return
    }
    let missing = after.count - before.count
    guard sizes.count == after.count, missing == 0 else {
      throw ExportError.unsupported("Core ML cannot repeat what is computed along a new axis")
    }
    let repeats = zip(before, sizes).map { $0 == $1 ? 1 : $1 }
    let x = try result(of: node.inputs[0])
    set(
      node.outputs[0],
      operation("tile", ["x": x, "reps": integers(repeats)], .init(x.type.element, after)))
  }

  private mutating func moved(_ node: TowerGraph.Node) throws -> Operand {
    if case .concatenate(let axis) = node.operation { return try concatenated(node, axis: axis) }
    let x = try result(of: node.inputs[0])
    let type = MLProgram.TensorType(x.type.element, shape(of: node.outputs[0]))
    switch node.operation {
    case .reshape:
      guard type.shape.count(where: { $0 == nil }) <= 1 else {
        throw ExportError.unsupported("a shape has the batch in several axes")
      }
      return operation(
        "reshape", ["x": x, "shape": integers(type.shape.map { $0 ?? -1 })], type)
    case .permute(let order):
      return operation("transpose", ["x": x, "perm": integers(order)], type)
    case .slice(let axis, let start):
      guard let size = type.shape[axis] else {
        throw ExportError.unsupported("a part of the batch is taken")
      }
      return sliced(x, axis: axis, start..<start + size, squeezes: false, type)
    case .select(let axis, let index):
      return sliced(x, axis: axis, index..<index + 1, squeezes: true, type)
    case .gather(let axis):
      return operation(
        "gather_along_axis",
        ["x": x, "indices": try result(of: node.inputs[1]), "axis": integer(axis)], type)
    default: throw ExportError.unsupported("\(node.operation) moves no elements")
    }
  }

  private mutating func sliced(
    _ x: Operand, axis: Int, _ range: Range<Int>, squeezes: Bool, _ type: MLProgram.TensorType
  ) -> Operand {
    let axes = x.type.shape.indices
    let others = axes.map { $0 != axis }
    return operation(
      "slice_by_index",
      [
        "x": x, "begin": integers(axes.map { $0 == axis ? range.lowerBound : 0 }),
        "end": integers(axes.map { $0 == axis ? range.upperBound : 0 }),
        "begin_mask": flags(others), "end_mask": flags(others),
        "squeeze_mask": flags(axes.map { squeezes && $0 == axis }),
      ], type)
  }

  /// Beside a constant for each input there are zeros first, to which it is added: so the number of
  /// inputs is never worked out.
  private mutating func concatenated(_ node: TowerGraph.Node, axis: Int) throws -> Operand {
    let type = MLProgram.TensorType(try .init(dtype), shape(of: node.outputs[0]))
    let constants = node.inputs.map { repeats($0) }
    guard constants.contains(where: { $0 != nil }) else {
      let isWhole = node.inputs.allSatisfy { !graph.dtype($0).isFloatingPoint }
      let parts = try node.inputs.map {
        isWhole ? try result(of: $0) : try results(of: $0, as: dtype)
      }
      return operations(
        "concat",
        ["values": parts, "axis": [integer(axis)], "interleave": [flag(false)]],
        [.init(parts[0].type.element, type.shape)])[0]
    }
    guard constants.count(where: { $0 == nil }) == 1,
      let middle = constants.firstIndex(where: { $0 == nil })
    else {
      throw ExportError.unsupported("constants for each input are put together in two places")
    }
    let x = try results(of: node.inputs[middle], as: dtype)
    let before = constants[..<middle].compactMap { $0 }
    let after = constants[(middle + 1)...].compactMap { $0 }
    var pad = Array(repeating: 0, count: 2 * type.shape.count)
    pad[2 * axis] = before.reduce(0) { $0 + $1.shape[axis] }
    pad[2 * axis + 1] = after.reduce(0) { $0 + $1.shape[axis] }
    let padded = operation(
      "pad",
      [
        "x": x, "pad": integers(pad), "mode": text("constant"),
        "constant_val": try number(0, as: dtype),
      ], type)
    guard let width = x.type.shape[axis], let model = (before + after).first else { return padded }
    var shape = model.shape
    shape[axis] = width
    let whole = try Tensor.concatenated(
      before + [.zeros(shape, dtype: model.dtype)] + after, axis: axis)
    return operation("add", ["x": padded, "y": try constant(whole, dtype: dtype)], type)
  }

  // MARK: Element by element

  private mutating func elements(_ node: TowerGraph.Node) throws -> Operand {
    switch node.operation {
    case .binary(let operation): return try binary(operation, node)
    case .unary(let operation): return try unary(operation, node)
    case .cast(let dtype):
      return cast(try result(of: node.inputs[0]), to: dtype.isFloatingPoint ? self.dtype : dtype)
    case .choose:
      let condition = try result(of: node.inputs[0])
      let parts = try node.inputs.dropFirst().map { try results(of: $0, as: dtype) }
      return operation(
        "select", ["cond": condition, "a": parts[0], "b": parts[1]], try type(node, dtype))
    case .reduce(let reduction, let axes, let keepsAxes):
      let names = [
        TowerGraph.Reduction.mean: "reduce_mean", .sum: "reduce_sum", .maximum: "reduce_max",
      ]
      return operation(
        names[reduction] ?? "",
        [
          "x": try results(of: node.inputs[0], as: dtype), "axes": integers(axes),
          "keep_dims": flag(keepsAxes),
        ], try type(node, dtype))
    default: throw ExportError.unsupported("\(node.operation) is not of elements")
    }
  }

  /// In the type of what is computed; in `float32` where both differ.
  private mutating func binary(
    _ binary: TowerGraph.Binary, _ node: TowerGraph.Node
  ) throws -> Operand {
    if binary == .multiply, let x = quickGELU(node) {
      let x = try results(of: x, as: dtype)
      return operation(
        "gelu", ["x": x, "mode": text("SIGMOID_APPROXIMATION")], try type(node, dtype))
    }
    let computed = try node.inputs.filter { graph.constant($0) == nil }
      .compactMap { try result(of: $0).type.element.dtype }
    let common = Set(computed).count == 1 ? computed[0] : .float32
    let inputs = try node.inputs.map { input in
      graph.dtype(input).isFloatingPoint
        ? try results(of: input, as: common) : cast(try result(of: input), to: common)
    }
    let names: [TowerGraph.Binary: String] = [
      .add: "add", .subtract: "sub", .multiply: "mul", .divide: "real_div", .equal: "equal",
    ]
    return operation(
      names[binary] ?? "", ["x": inputs[0], "y": inputs[1]],
      try type(node, binary == .equal ? .bool : common))
  }

  /// The x of `x · sigmoid(1.702 · x)`, for which Core ML has one operation.
  private func quickGELU(_ node: TowerGraph.Node) -> TowerGraph.ValueID? {
    guard node.inputs.count == 2 else { return nil }
    for (x, other) in [(node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0])] {
      guard let gate = producers[other], gate.operation == .unary(.sigmoid),
        let scaled = producers[gate.inputs[0]], scaled.operation == .binary(.multiply),
        scaled.inputs[0] == x, let factor = graph.constant(scaled.inputs[1]), factor.count == 1,
        let number = try? factor.item(), abs(number - 1.702) < 1e-6
      else { continue }
      return x
    }
    return nil
  }

  private mutating func unary(
    _ unary: TowerGraph.Unary, _ node: TowerGraph.Node
  ) throws -> Operand {
    let x = try result(of: node.inputs[0])
    switch unary {
    case .gelu: return operation("gelu", ["x": x, "mode": text("EXACT")], x.type)
    case .not: return operation("logical_not", ["x": x], x.type)
    case .squareRoot: return operation("sqrt", ["x": x], x.type)
    case .relu, .relu6, .sigmoid, .tanh, .silu, .exp:
      return operation(unary.rawValue, ["x": x], x.type)
    }
  }
}
