import ONNX
import Torch

extension Operators {
  /// The same elements in other places.
  static let shapes: [String: Operator] = [
    "Constant": .plain { call in
      switch (call.node.attributes["value"], call.node.attributes.first?.value) {
      case (.tensor(let tensor), _): return try Tensor.of(tensor)
      case (nil, .integer(let value)): return try Tensor([Int64(value)], shape: [])
      case (nil, .integers(let values)):
        return try Tensor(values.map { Int64($0) }, shape: [values.count])
      case (nil, .number(let value)): return try Tensor([value], shape: [])
      case (nil, .numbers(let values)): return try Tensor(values, shape: [values.count])
      default: throw ONNXSessionError("its value is of a kind that is not computed here")
      }
    },
    "ConstantOfShape": .plain { call in
      let shape = try Sizes.check(call.integers(input: 0) ?? [])
      guard case .tensor(let value)? = call.node.attributes["value"] else {
        return try .zeros(shape)
      }
      let one = try Tensor.of(value)
      return try .full(shape, one.item(), dtype: one.dtype)
    },
    "Shape": .plain { call in
      let shape = try call.input(0).shape
      func place(_ name: String, _ other: Int) throws -> Int {
        let value = try call.integer(name, default: other)
        return min(max(value < 0 ? value + shape.count : value, 0), shape.count)
      }
      let (start, end) = (try place("start", 0), try place("end", shape.count))
      let part = shape[start..<max(start, end)].map { Int64($0) }
      return try Tensor(part, shape: [part.count])
    },
    "Range": .plain { call in
      let bounds = try (0...2).map { try call.input($0).item() }
      try call.require(
        bounds[2] == 1 && bounds.allSatisfy { $0 == $0.rounded() && abs($0) < 1e15 },
        "a range from \(bounds[0]) to \(bounds[1]) in steps of \(bounds[2])")
      let (start, end) = (Int(bounds[0]), Int(bounds[1]))
      try Sizes.check([max(0, end - start)])
      return try .range(start..<max(start, end), dtype: call.input(0).dtype)
    },
    "Reshape": .plain { call in
      let x = try call.input(0)
      let keepsZeros = try call.integer("allowzero", default: 0) == 0
      let shape = try (call.integers(input: 1) ?? []).enumerated().map { index, size in
        guard size == 0, keepsZeros else { return size }
        guard index < x.rank else { throw ONNXSessionError("there is no axis \(index) to keep") }
        return x.shape[index]
      }
      return try x.reshaped(shape)
    },
    "Flatten": .plain { call in
      let x = try call.input(0)
      let axis = try call.integer("axis", default: 1)
      let place = axis == x.rank ? axis : try call.axis(axis, of: x.rank)
      return try x.reshaped(x.shape[..<place].reduce(1, *), x.shape[place...].reduce(1, *))
    },
    "Transpose": .plain { call in
      let x = try call.input(0)
      let order = try call.integers("perm") ?? Array((0..<x.rank).reversed())
      guard order.sorted() == Array(0..<x.rank) else {
        throw ONNXSessionError("\(order) is no order of \(x.rank) axes")
      }
      return try x.permuted(order)
    },
    "Squeeze": .plain { call in
      let x = try call.input(0)
      let given = try call.integers(input: 1)?.map { try call.axis($0, of: x.rank) }
      let axes = given ?? x.shape.indices.filter { x.shape[$0] == 1 }
      return try Set(axes).sorted(by: >).reduce(x) { y, axis in
        guard y.shape[axis] == 1 else {
          throw ONNXSessionError("axis \(axis) of \(x.shape) is not of size one")
        }
        return try y.squeezed(axis)
      }
    },
    "Unsqueeze": .plain { call in
      let x = try call.input(0)
      let given = try call.integers(input: 1) ?? []
      let axes = try given.map { try call.axis($0, of: x.rank + given.count) }
      return try axes.sorted().reduce(x) { try $0.unsqueezed($1) }
    },
    "Expand": .plain { call in
      let x = try call.input(0)
      return try x.expanded(Sizes.broadcast(x.shape, call.integers(input: 1) ?? []))
    },
    "Concat": .plain { call in
      let parts = try call.inputs.indices.map { try call.input($0) }
      guard let first = parts.first else { throw ONNXSessionError("there is nothing to join") }
      let axis = try call.axis(call.integer("axis", default: 0), of: first.rank)
      return try .concatenated(parts, axis: axis)
    },
    "Split": .several { call in
      let x = try call.input(0)
      let axis = try call.axis(call.integer("axis", default: 0), of: x.rank)
      let count = call.node.outputs.count
      let size = (x.shape[axis] + count - 1) / max(1, count)
      let sizes =
        try call.integers(input: 1) ?? call.integers("split")
        ?? (0..<count).map { min(size, max(0, x.shape[axis] - $0 * size)) }
      guard sizes.allSatisfy({ $0 >= 0 }), sizes.reduce(0, +) == x.shape[axis] else {
        throw ONNXSessionError("parts of \(sizes) do not make an axis of \(x.shape[axis])")
      }
      var start = 0
      return try sizes.map { size in
        defer { start += size }
        return try x.sliced(start..<start + size, axis: axis)
      }
    },
    "Slice": .plain(slice),
    "Gather": .plain { call in
      let (x, indices) = (try call.input(0), try call.input(1).to(.int64))
      let axis = try call.axis(call.integer("axis", default: 0), of: x.rank)
      let shape = x.shape[..<axis] + indices.shape + x.shape[(axis + 1)...]
      try Sizes.check(Array(shape))
      let rows = try counted(indices, of: x.shape[axis]).reshaped(-1)
      return try x.gathered(rows: rows, axis: axis).reshaped(Array(shape))
    },
    "GatherElements": .plain { call in
      let (x, indices) = (try call.input(0), try call.input(1).to(.int64))
      let axis = try call.axis(call.integer("axis", default: 0), of: x.rank)
      return try x.gathered(counted(indices, of: x.shape[axis]), axis: axis)
    },
    "Pad": .plain { call in
      let x = try call.input(0)
      let pads = try call.integers(input: 1) ?? []
      let mode = try call.text("mode", default: "constant")
      try call.require(
        mode == "constant" && pads.count == 2 * x.rank && call.optional(3) == nil
          && pads.allSatisfy { $0 >= 0 },
        "padding of \(pads) in mode \(mode)")
      let value = try call.number(input: 2) ?? 0
      return try x.shape.indices.reduce(x) { y, axis in
        func part(_ size: Int) throws -> [Tensor] {
          guard size > 0 else { return [] }
          var shape = y.shape
          shape[axis] = size
          return [try .full(Sizes.check(shape), value, dtype: x.dtype)]
        }
        let parts = try part(pads[axis]) + [y] + part(pads[axis + x.rank])
        return parts.count == 1 ? y : try .concatenated(parts, axis: axis)
      }
    },
  ]

  /// Indices from the end counted from the beginning.
  private static func counted(_ indices: Tensor, of size: Int) throws -> Tensor {
    try .choosing(indices + Double(size), where: indices.isLess(than: 0), else: indices)
  }

  private static func slice(_ call: OperatorCall) throws -> Tensor {
    var x = try call.input(0)
    let starts = try call.integers(input: 1) ?? []
    let ends = try call.integers(input: 2) ?? []
    let axes = try call.integers(input: 3) ?? Array(starts.indices)
    let steps = try call.integers(input: 4) ?? starts.map { _ in 1 }
    guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count else {
      throw ONNXSessionError("starts, ends, axes and steps are not equally many")
    }
    for index in starts.indices {
      let axis = try call.axis(axes[index], of: x.rank)
      let (size, step) = (x.shape[axis], min(steps[index], x.shape[axis] + 1))
      try call.require(step > 0, "a slice in steps of \(step)")
      func place(_ value: Int) -> Int {
        min(max(value < 0 ? value.addingReportingOverflow(size).partialValue : value, 0), size)
      }
      let start = place(starts[index])
      let range = start..<max(start, place(ends[index]))
      if step == 1 {
        x = try x.sliced(range, axis: axis)
      } else {
        let rows = stride(from: range.lowerBound, to: range.upperBound, by: step).map { Int64($0) }
        x = try x.gathered(rows: Tensor(rows, shape: [rows.count]), axis: axis)
      }
    }
    return x
  }
}
