import ONNX
import Torch

extension Operators {
  /// Products, windows and norms.
  static let layers: [String: Operator] = [
    "MatMul": .rounded { call in
      let (a, b) = (try call.input(0), try call.input(1))
      try call.require(a.rank > 0 && b.rank > 0, "a product with a scalar")
      if a.rank > 1, b.rank > 1 {
        let batch = try Sizes.broadcast(Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2)))
        try Sizes.check(batch + [a.shape[a.rank - 2], b.shape[b.rank - 1]])
      }
      return try a.matmul(b)
    },
    "Gemm": .rounded { call in
      var (a, b) = (try call.input(0), try call.input(1))
      try call.require(a.rank == 2 && b.rank == 2, "Gemm of other than matrices")
      if try call.integer("transA", default: 0) != 0 { a = try a.transposed() }
      if try call.integer("transB", default: 0) != 0 { b = try b.transposed() }
      try Sizes.check([a.shape[0], b.shape[1]])
      let product = try a.matmul(b) * call.number("alpha", default: 1)
      guard let c = call.optional(2) else { return product }
      _ = try Sizes.broadcast(product.shape, c.shape)
      return try product + c * call.number("beta", default: 1)
    },
    "Conv": .rounded(convolution),
    "AveragePool": .rounded { call in
      let x = try call.input(0)
      let (kernel, stride) = try window(call)
      let pads = try call.integers("pads") ?? []
      let ceiling = try call.integer("ceil_mode", default: 0)
      try call.require(
        x.rank == 4 && pads.allSatisfy { $0 == 0 } && ceiling == 0
          && (call.text("auto_pad", default: "NOTSET") != "SAME_LOWER"),
        "pooling with padding")
      return try x.averagePooled2D(kernel: kernel, stride: stride)
    },
    "MaxPool": .rounded { call in
      let x = try call.input(0)
      let (kernel, stride) = try window(call)
      let pads = try call.integers("pads") ?? [0]
      let dilations = try call.integers("dilations") ?? []
      let ceiling = try call.integer("ceil_mode", default: 0)
      try call.require(
        x.rank == 4 && Set(pads).count == 1 && (0...kernel / 2).contains(pads[0])
          && dilations.allSatisfy { $0 == 1 } && ceiling == 0
          && call.text("auto_pad", default: "NOTSET") == "NOTSET",
        "pooling with uneven padding, or of windows with gaps")
      return try x.maximumPooled2D(kernel: kernel, stride: stride, padding: pads[0])
    },
    "GlobalAveragePool": .rounded { call in
      let x = try call.input(0)
      try call.require(x.rank > 2, "pooling of \(x.rank) axes")
      return try x.mean(axes: Array(2..<x.rank), keepsAxes: true)
    },
    "LayerNormalization": .rounded { call in
      let x = try call.input(0)
      let axis = try call.axis(call.integer("axis", default: -1), of: x.rank)
      let scale = try call.input(1)
      let width = x.shape[axis...].reduce(1, *)
      try call.require(scale.count == width, "a norm whose scale is of another shape")
      let bias = try call.optional(2) ?? .zeros([width])
      let rows = try x.reshaped(Array(x.shape[..<axis]) + [width])
      return try rows.layerNormalized(
        weight: scale.reshaped(-1).to(x.dtype), bias: bias.reshaped(-1).to(x.dtype),
        epsilon: call.number("epsilon", default: 1e-5)
      ).reshaped(x.shape)
    },
    "BatchNormalization": .rounded { call in
      let x = try call.input(0)
      try call.require(
        x.rank > 1 && call.integer("training_mode", default: 0) == 0, "batch norm in training")
      var shape = Array(repeating: 1, count: x.rank)
      shape[1] = x.shape[1]
      let parts = try (1...4).map { try call.input($0).reshaped(shape) }
      let deviation = try (parts[3] + call.number("epsilon", default: 1e-5)).squareRoot()
      return try (x - parts[2]) / deviation * parts[0] + parts[1]
    },
    "Softmax": .rounded { call in
      let x = try call.input(0)
      return try x.softmax(axis: call.axis(call.integer("axis", default: -1), of: x.rank))
    },
  ]

  /// Kernel and stride of a square window.
  private static func window(_ call: OperatorCall) throws -> (kernel: Int, stride: Int) {
    let kernel = try call.integers("kernel_shape") ?? []
    let strides = try call.integers("strides") ?? [1, 1]
    try call.require(
      kernel.count == 2 && Set(kernel).count == 1 && strides.count == 2 && Set(strides).count == 1
        && kernel[0] > 0 && strides[0] > 0,
      "a window of \(kernel) with strides \(strides)")
    return (kernel[0], strides[0])
  }

  private static func convolution(_ call: OperatorCall) throws -> Tensor {
    let (x, weight) = (try call.input(0), try call.input(1))
    let strides = try call.integers("strides") ?? [1, 1]
    let dilations = try call.integers("dilations") ?? [1, 1]
    let groups = try call.integer("group", default: 1)
    let padding = try call.text("auto_pad", default: "NOTSET")
    try call.require(
      x.rank == 4 && weight.rank == 4 && strides.count == 2 && strides[0] == strides[1]
        && strides[0] > 0 && dilations.allSatisfy { $0 == 1 } && groups > 0
        && ["NOTSET", "VALID"].contains(padding),
      "a convolution of \(x.shape) with strides \(strides), dilations \(dilations), \(padding)")
    let pads = try call.integers("pads") ?? [0, 0, 0, 0]
    try call.require(
      pads.count == 4 && pads.allSatisfy { (0...4096).contains($0) }, "padding of \(pads)")
    let height = (x.shape[2] + pads[0] + pads[2] - weight.shape[2]) / strides[0] + 1
    let width = (x.shape[3] + pads[1] + pads[3] - weight.shape[3]) / strides[0] + 1
    try Sizes.check([x.shape[0], weight.shape[0], max(0, height), max(0, width)])
    let isEven = Set(pads).count == 1
    let padded =
      isEven
      ? x : try x.padded2D(left: pads[1], right: pads[3], top: pads[0], bottom: pads[2])
    return try padded.convolved2D(
      weight, bias: call.optional(2), stride: strides[0], padding: isEven ? pads[0] : 0,
      groups: groups)
  }

  /// Fewer axes, or axes of size one.
  static let reductions: [String: Operator] = [
    "ReduceMean": reduction { try $0.mean(axes: $1, keepsAxes: $2) },
    "ReduceSum": reduction { try $0.sum(axes: $1, keepsAxes: $2) },
    "ReduceL2": reduction { try ($0 * $0).sum(axes: $1, keepsAxes: $2).squareRoot() },
    "ReduceMax": reduction { x, axes, keeps in
      try axes.sorted(by: >).reduce(x) { try $0.max(axis: $1, keepsAxis: keeps) }
    },
    "ReduceMin": reduction { x, axes, keeps in
      try axes.sorted(by: >).reduce(x) { try $0.min(axis: $1, keepsAxis: keeps) }
    },
    "ArgMax": .plain { call in
      let x = try call.input(0)
      try call.require(
        call.integer("select_last_index", default: 0) == 0, "the last of equal elements")
      return try x.to(.float32).argmax(
        axis: call.axis(call.integer("axis", default: 0), of: x.rank),
        keepsAxis: call.integer("keepdims", default: 1) != 0)
    },
  ]

  private static func reduction(
    _ body: @escaping @Sendable (Tensor, [Int], Bool) throws -> Tensor
  ) -> Operator {
    .rounded { call in
      let x = try call.input(0)
      let given = try call.integers("axes") ?? call.integers(input: 1) ?? []
      if given.isEmpty, try call.integer("noop_with_empty_axes", default: 0) != 0 { return x }
      let axes = try given.map { try call.axis($0, of: x.rank) }
      return try body(
        x, axes.isEmpty ? Array(0..<x.rank) : axes, call.integer("keepdims", default: 1) != 0)
    }
  }
}
