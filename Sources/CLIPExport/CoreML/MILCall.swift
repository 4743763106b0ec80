import CoreMLPackage
import Torch

/// One operation of an ML Program with what it takes.
///
/// Source: the operators' documentation in coremltools/converters/mil/mil/ops/defs.
struct MILCall {
  private let operation: MLProgram.Operation
  private let values: [String: MILReplay.Constant]

  init(_ operation: MLProgram.Operation, _ values: [String: MILReplay.Constant]) {
    self.operation = operation
    self.values = values
  }

  /// The results.
  ///
  /// - Throws: `MILReplay.Failure` for what is missing, or an operation that there is not.
  func callAsFunction() throws -> [Tensor] {
    if operation.type == "split" {
      return try tensor("x").split(integer("num_splits"), axis: axis(of: tensor("x")))
    }
    if let unary = Self.unary[operation.type] { return [try unary(tensor("x"))] }
    if let binary = Self.binary[operation.type] {
      let (x, y) = (try tensor("x"), try tensor("y"))
      return [try binary(x, y)]
    }
    return [try result()]
  }

  private static let unary: [String: @Sendable (Tensor) throws -> Tensor] = [
    "relu": { try $0.relu() }, "relu6": { try $0.clamped(0...6) }, "sigmoid": { try $0.sigmoid() },
    "tanh": { try $0.tanh() }, "silu": { try $0 * $0.sigmoid() }, "exp": { try $0.exp() },
    "sqrt": { try $0.squareRoot() }, "logical_not": { try $0.isEqual(to: 0) }, "identity": { $0 },
  ]

  private static let binary: [String: @Sendable (Tensor, Tensor) throws -> Tensor] = [
    "add": { try $0 + $1 }, "sub": { try $0 - $1 }, "mul": { try $0 * $1 },
    "real_div": { try $0 / $1 }, "equal": { try $0.isEqual(to: $1) },
  ]

  // MARK: Parameters

  private func failure(_ problem: String) -> MILReplay.Failure {
    .init("'\(operation.outputs.first?.name ?? operation.type)' (\(operation.type)) \(problem)")
  }

  private func value(_ parameter: String) throws -> MILReplay.Constant {
    guard let names = operation.inputs[parameter], names.count == 1 else {
      throw failure("has no '\(parameter)'")
    }
    guard let value = values[names[0]] else {
      throw failure("takes '\(names[0])', which is not computed before it")
    }
    return value
  }

  private func tensor(_ parameter: String) throws -> Tensor {
    guard case .tensor(let tensor) = try value(parameter) else {
      throw failure("takes a text for '\(parameter)'")
    }
    return try Self.wide(tensor)
  }

  /// Constants of half precision are kept as they lie in the file.
  private static func wide(_ tensor: Tensor) throws -> Tensor {
    tensor.dtype == .float16 ? try tensor.to(.float32) : tensor
  }

  private func optional(_ parameter: String) throws -> Tensor? {
    operation.inputs[parameter] == nil ? nil : try tensor(parameter)
  }

  private func text(_ parameter: String) throws -> String {
    guard case .text(let text) = try value(parameter) else {
      throw failure("takes a tensor for '\(parameter)'")
    }
    return text
  }

  private func integers(_ parameter: String) throws -> [Int] {
    try tensor(parameter).to(.int64).scalars(Int64.self).map { Int($0) }
  }

  private func integer(_ parameter: String) throws -> Int {
    guard let number = try integers(parameter).first else { throw failure("has no '\(parameter)'") }
    return number
  }

  private func flags(_ parameter: String) throws -> [Bool] {
    try integers(parameter).map { $0 != 0 }
  }

  private func axis(of x: Tensor, _ parameter: String = "axis") throws -> Int {
    try axis(integer(parameter), of: x)
  }

  private func axis(_ axis: Int, of x: Tensor) throws -> Int {
    let place = axis < 0 ? axis + x.rank : axis
    guard (0..<x.rank).contains(place) else { throw failure("has no axis \(axis)") }
    return place
  }

  // MARK: Operations

  private func result() throws -> Tensor {
    switch operation.type {
    case "conv": return try convolution()
    case "linear":
      let (x, weight) = (try tensor("x"), try tensor("weight"))
      guard weight.rank == 2, x.shape.last == weight.shape[1] else {
        throw failure("maps \(x.shape) by \(weight.shape)")
      }
      return try x.linear(weight, bias: optional("bias"))
    case "matmul":
      var (x, y) = (try tensor("x"), try tensor("y"))
      guard x.rank > 1, y.rank > 1 else { throw failure("is of vectors") }
      if try flags("transpose_x") == [true] { x = try x.transposed(x.rank - 2, x.rank - 1) }
      if try flags("transpose_y") == [true] { y = try y.transposed(y.rank - 2, y.rank - 1) }
      return try x.matmul(y)
    case "layer_norm":
      let x = try tensor("x")
      guard try integers("axes").map({ try axis($0, of: x) }) == [x.rank - 1] else {
        throw failure("is over other than the last axis")
      }
      return try x.layerNormalized(
        weight: tensor("gamma"), bias: tensor("beta"), epsilon: tensor("epsilon").item())
    case "batch_norm":
      let x = try tensor("x")
      let parts = try ["gamma", "beta", "mean", "variance"].map {
        try tensor($0).reshaped(1, -1, 1, 1)
      }
      let deviation = try (parts[3] + tensor("epsilon").item()).squareRoot()
      return try (x - parts[2]) / deviation * parts[0] + parts[1]
    case "avg_pool":
      let (kernel, strides) = (try integers("kernel_sizes"), try integers("strides"))
      guard Set(kernel).count == 1, Set(strides).count == 1, try text("pad_type") == "valid" else {
        throw failure("has a window that is not square, or padding")
      }
      return try tensor("x").averagePooled2D(kernel: kernel[0], stride: strides[0])
    case "max_pool":
      let (kernel, strides) = (try integers("kernel_sizes"), try integers("strides"))
      let pad = try integers("pad")
      guard [kernel, strides, pad].allSatisfy({ Set($0).count == 1 }),
        try text("pad_type") == "custom"
      else { throw failure("has a window that is not square, or uneven padding") }
      return try tensor("x").maximumPooled2D(
        kernel: kernel[0], stride: strides[0], padding: pad[0])
    case "softmax":
      let x = try tensor("x")
      return try x.softmax(axis: axis(of: x))
    case "gelu":
      let x = try tensor("x")
      switch try text("mode") {
      case "EXACT": return try x.gelu()
      case "SIGMOID_APPROXIMATION": return try x * (x * 1.702).sigmoid()
      case let mode: throw failure("has the mode '\(mode)'")
      }
    case "gather":
      let (x, indices) = (try tensor("x"), try tensor("indices"))
      guard try axis(of: x) == 0 else { throw failure("gathers along another axis than the first") }
      let rows = try x.gathered(rows: indices.reshaped(-1))
      return try rows.reshaped(indices.shape + x.shape.dropFirst())
    case "gather_along_axis":
      let x = try tensor("x")
      return try x.gathered(tensor("indices").to(.int64), axis: axis(of: x))
    case "cast":
      let types: [String: DType] = [
        "fp16": .float32, "fp32": .float32, "int32": .int32, "bool": .bool,
      ]
      guard let dtype = types[try text("dtype")] else { throw failure("casts to no type") }
      return try tensor("x").to(dtype)
    case "select":
      return try .choosing(tensor("a"), where: tensor("cond"), else: tensor("b"))
    case "reduce_mean", "reduce_sum", "reduce_max", "reduce_l2_norm": return try reduction()
    default: return try moved()
    }
  }

  private func convolution() throws -> Tensor {
    let (x, weight) = (try tensor("x"), try tensor("weight"))
    let (strides, pad) = (try integers("strides"), try integers("pad"))
    guard x.rank == 4, weight.rank == 4, strides.count == 2, strides[0] == strides[1],
      pad.count == 4, try text("pad_type") == "custom", try integers("dilations") == [1, 1]
    else { throw failure("is of a kind that is not computed here") }
    let padded =
      pad.allSatisfy { $0 == 0 }
      ? x : try x.padded2D(left: pad[2], right: pad[3], top: pad[0], bottom: pad[1])
    return try padded.convolved2D(
      weight, bias: optional("bias"), stride: strides[0], padding: 0, groups: integer("groups"))
  }

  private func reduction() throws -> Tensor {
    let x = try tensor("x")
    let axes = try integers("axes").map { try axis($0, of: x) }
    let keeps = try flags("keep_dims") == [true]
    switch operation.type {
    case "reduce_mean": return try x.mean(axes: axes, keepsAxes: keeps)
    case "reduce_sum": return try x.sum(axes: axes, keepsAxes: keeps)
    case "reduce_max":
      return try axes.sorted(by: >).reduce(x) { try $0.max(axis: $1, keepsAxis: keeps) }
    default: return try (x * x).sum(axes: axes, keepsAxes: keeps).squareRoot()
    }
  }

  /// The same elements in other places.
  private func moved() throws -> Tensor {
    switch operation.type {
    case "reshape":
      let (x, shape) = (try tensor("x"), try integers("shape"))
      guard shape.allSatisfy({ $0 > 0 || $0 == -1 }), shape.count(where: { $0 == -1 }) <= 1 else {
        throw failure("has the shape \(shape)")
      }
      return try x.reshaped(shape)
    case "transpose": return try tensor("x").permuted(integers("perm"))
    case "tile":
      let (x, repeats) = (try tensor("x"), try integers("reps"))
      guard repeats.count == x.rank, zip(x.shape, repeats).allSatisfy({ $0 == 1 || $1 == 1 }) else {
        throw failure("repeats \(x.shape) \(repeats) times")
      }
      return try x.expanded(zip(x.shape, repeats).map { $0 * $1 })
    case "concat":
      let parts = try (operation.inputs["values"] ?? []).map { name in
        guard case .tensor(let part)? = values[name] else {
          throw failure("takes '\(name)', which is not computed before it")
        }
        return try Self.wide(part)
      }
      guard let first = parts.first else { throw failure("is of nothing") }
      return try .concatenated(parts, axis: axis(of: first))
    case "pad":
      let (x, pad) = (try tensor("x"), try integers("pad"))
      guard pad.count == 2 * x.rank, pad.allSatisfy({ (0...4096).contains($0) }),
        try text("mode") == "constant", try tensor("constant_val").item() == 0
      else { throw failure("pads other than by zeros") }
      return try (0..<x.rank).reduce(x) { x, axis in
        func zeros(_ count: Int) throws -> [Tensor] {
          var shape = x.shape
          shape[axis] = count
          return count == 0 ? [] : [try .zeros(shape, dtype: x.dtype)]
        }
        let parts = try zeros(pad[2 * axis]) + [x] + zeros(pad[2 * axis + 1])
        return parts.count == 1 ? x : try .concatenated(parts, axis: axis)
      }
    case "slice_by_index": return try slice()
    default: throw failure("is no operation that there is")
    }
  }

  private func slice() throws -> Tensor {
    let x = try tensor("x")
    let (begin, end) = (try integers("begin"), try integers("end"))
    let (fromStart, toEnd) = (try flags("begin_mask"), try flags("end_mask"))
    let squeezes = try flags("squeeze_mask")
    guard
      [begin.count, end.count, fromStart.count, toEnd.count, squeezes.count]
        .allSatisfy({ $0 == x.rank })
    else { throw failure("has other axes than what it slices") }
    var result = x
    for axis in (0..<x.rank).reversed() {
      let (first, last) = (
        fromStart[axis] ? 0 : begin[axis], toEnd[axis] ? x.shape[axis] : end[axis]
      )
      guard 0 <= first, first < last, last <= x.shape[axis] else {
        throw failure("takes \(first) to \(last) of \(x.shape[axis])")
      }
      if squeezes[axis] {
        result = try result.selected(first, axis: axis)
      } else if first > 0 || last < x.shape[axis] {
        result = try result.sliced(first..<last, axis: axis)
      }
    }
    return result
  }
}
