import ONNX
import Torch

/// The operators by name.
///
/// Source: onnx/docs/Operators.md.
enum Operators {
  static let all: [String: Operator] =
    elementwise.merging(comparisons) { a, _ in a }.merging(shapes) { a, _ in a }
    .merging(layers) { a, _ in a }.merging(reductions) { a, _ in a }
    .merging(quantization) { a, _ in a }

  /// Numbers to numbers, element by element.
  static let elementwise: [String: Operator] = [
    "Add": .binary { try $0 + $1 },
    "Sub": .binary { try $0 - $1 },
    "Mul": .binary { try $0 * $1 },
    "Div": .binary { a, b in
      // Whole numbers are cut off towards zero.
      let quotient = try a / b
      return a.dtype.isFloatingPoint ? quotient : try quotient.to(a.dtype)
    },
    "Pow": .rounded { call in
      let exponent = try call.input(1)
      try call.require(exponent.count == 1, "a power with several exponents")
      return try call.input(0).power(exponent.item())
    },
    "Min": .rounded { call in try extreme(call) { try $0.minimum($1) } },
    "Max": .rounded { call in try extreme(call) { try $0.maximum($1) } },
    "Abs": .unary { try $0.absolute() },
    "Neg": .unary { try -$0 },
    "Exp": .unary { try $0.exp() },
    "Log": .unary { try $0.log() },
    "Sqrt": .unary { try $0.squareRoot() },
    "Reciprocal": .unary { try $0.power(-1) },
    "Round": .unary { try $0.rounded() },
    "Erf": .unary { try $0.errorFunction() },
    "Sigmoid": .unary { try $0.sigmoid() },
    "Tanh": .unary { try $0.tanh() },
    "Relu": .unary { try $0.relu() },
    "HardSigmoid": .rounded { call in
      try
        (call.input(0) * call.number("alpha", default: 0.2)
        + call.number("beta", default: 0.5)).clamped(0...1)
    },
    "HardSwish": .unary { try $0 * ($0 * (1.0 / 6) + 0.5).clamped(0...1) },
    "LeakyRelu": .rounded { call in
      let x = try call.input(0)
      return try x.relu() - (-x).relu() * call.number("alpha", default: 0.01)
    },
    "Gelu": .rounded { call in
      let form = try call.text("approximate", default: "none")
      try call.require(form == "none", "Gelu with approximate=\(form)")
      return try call.input(0).gelu()
    },
    "Clip": .rounded { call in
      let low = try call.number(input: 1) ?? -.infinity
      let high = try call.number(input: 2) ?? .infinity
      try call.require(low <= high, "a range from \(low) to \(high)")
      return try call.input(0).clamped(low...high)
    },
    "Identity": .plain { try $0.input(0) },
    "Dropout": .plain { try $0.input(0) },
    "Cast": .plain { call in
      guard let type = ONNXElementType(rawValue: try call.integer("to", default: 0)) else {
        throw ONNXSessionError("its type is unknown here")
      }
      return try call.input(0).to(DType(type))
    },
  ]

  private static func extreme(
    _ call: OperatorCall, _ choose: (Tensor, Tensor) throws -> Tensor
  ) throws -> Tensor {
    try (1..<max(1, call.inputs.count)).reduce(call.input(0)) { result, index in
      let other = try call.input(index)
      _ = try Sizes.broadcast(result.shape, other.shape)
      return try choose(result, other)
    }
  }

  /// Truth values.
  static let comparisons: [String: Operator] = [
    "Equal": .binary { try $0.isEqual(to: $1) },
    "Greater": .binary { try ($0 - $1).isGreater(than: 0) },
    "GreaterOrEqual": .binary { try ($0 - $1).isLess(than: 0).inverted() },
    "Less": .binary { try ($0 - $1).isLess(than: 0) },
    "LessOrEqual": .binary { try ($0 - $1).isGreater(than: 0).inverted() },
    "Not": .plain { try $0.input(0).inverted() },
    "And": .binary { try $0.to(.bool) * $1.to(.bool) },
    "Or": .binary { try ($0.to(.int32) + $1.to(.int32)).isGreater(than: 0) },
    "Where": .plain { call in
      let (condition, a, b) = (try call.input(0), try call.input(1), try call.input(2))
      _ = try Sizes.broadcast(Sizes.broadcast(condition.shape, a.shape), b.shape)
      return try .choosing(a, where: condition, else: b)
    },
  ]

  /// Integers of fewer bits and back.
  static let quantization: [String: Operator] = [
    "DequantizeLinear": .plain { call in
      let x = try call.input(0).to(.float32)
      let scale = try call.input(1)
      let offset = try call.optional(2).map { try $0.to(.float32) }
      let shifted = try offset.map { try x - along(call, $0, x) } ?? x
      return try (shifted * along(call, scale.to(.float32), x)).to(scale.dtype)
    },
    "QuantizeLinear": .plain { call in
      let x = try call.input(0).to(.float32)
      let zero = call.optional(2)
      let type = zero?.dtype ?? .uint8
      try call.require(type == .uint8 || type == .int8, "quantisation to \(type.rawValue)")
      var y = try (x / along(call, call.input(1).to(.float32), x)).rounded()
      if let zero { y = try y + along(call, zero.to(.float32), x) }
      return try y.clamped(type == .int8 ? -128...127 : 0...255).to(type)
    },
  ]

  /// A scale for each slice of an axis, shaped to broadcast.
  private static func along(_ call: OperatorCall, _ scale: Tensor, _ x: Tensor) throws -> Tensor {
    guard scale.count > 1 else { return try scale.reshaped([]) }
    let axis = try call.axis(call.integer("axis", default: 1), of: x.rank)
    try call.require(
      scale.rank == 1 && scale.count == x.shape[axis], "quantisation in blocks")
    var shape = Array(repeating: 1, count: x.rank)
    shape[axis] = scale.count
    return try scale.reshaped(shape)
  }
}
