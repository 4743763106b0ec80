import ONNX
import Torch

/// How an operator is computed.
struct Operator: Sendable {
  let run: @Sendable (OperatorCall) throws -> [Tensor]

  /// From tensors as they are.
  static func plain(_ body: @escaping @Sendable (OperatorCall) throws -> Tensor) -> Operator {
    Operator { [try body($0)] }
  }

  /// From tensors as they are, with several results.
  static func several(_ body: @escaping @Sendable (OperatorCall) throws -> [Tensor]) -> Operator {
    Operator(run: body)
  }

  /// In `float32` where the first input has 16 bits, and rounded to its type at the end.
  static func rounded(_ body: @escaping @Sendable (OperatorCall) throws -> Tensor) -> Operator {
    Operator { call in
      let type = try call.input(0).dtype
      guard type == .float16 || type == .bfloat16 else { return [try body(call)] }
      var exact = call
      exact.inputs = try call.inputs.map {
        try $0.map { $0.dtype == type ? try $0.to(.float32) : $0 }
      }
      let result = try body(exact)
      return [result.dtype == .float32 ? try result.to(type) : result]
    }
  }

  /// The same of one input.
  static func unary(_ body: @escaping @Sendable (Tensor) throws -> Tensor) -> Operator {
    rounded { try body($0.input(0)) }
  }

  /// The same of two inputs that broadcast.
  static func binary(
    _ body: @escaping @Sendable (Tensor, Tensor) throws -> Tensor
  ) -> Operator {
    rounded { call in
      let (a, b) = (try call.input(0), try call.input(1))
      _ = try Sizes.broadcast(a.shape, b.shape)
      return try body(a, b)
    }
  }
}

/// An operation with what it takes.
struct OperatorCall {
  let node: ONNXNode
  /// nil: an optional input that is absent.
  var inputs: [Tensor?]
  let opset: Int

  /// An input that must be there.
  func input(_ index: Int) throws -> Tensor {
    guard let tensor = optional(index) else { throw ONNXSessionError("input \(index) is missing") }
    return tensor
  }

  /// An input that may be absent.
  func optional(_ index: Int) -> Tensor? { index < inputs.count ? inputs[index] : nil }

  /// Whole numbers of an input.
  func integers(input index: Int) throws -> [Int]? {
    guard let tensor = optional(index) else { return nil }
    guard tensor.count <= 4096, !tensor.dtype.isFloatingPoint else {
      throw ONNXSessionError("input \(index) is no list of whole numbers")
    }
    return try tensor.scalars(Int64.self).map { Int($0) }
  }

  /// A number of an input.
  func number(input index: Int) throws -> Double? { try optional(index)?.item() }

  /// A whole number of an attribute.
  func integer(_ name: String, default other: Int) throws -> Int {
    switch node.attributes[name] {
    case nil: return other
    case .integer(let value): return value
    default: throw ONNXSessionError("its attribute \(name) is no whole number")
    }
  }

  /// Whole numbers of an attribute.
  func integers(_ name: String) throws -> [Int]? {
    switch node.attributes[name] {
    case nil: return nil
    case .integers(let values) where values.count <= 4096: return values
    default: throw ONNXSessionError("its attribute \(name) is no list of whole numbers")
    }
  }

  /// A number of an attribute.
  func number(_ name: String, default other: Double) throws -> Double {
    switch node.attributes[name] {
    case nil: return other
    case .number(let value): return Double(value)
    default: throw ONNXSessionError("its attribute \(name) is no number")
    }
  }

  /// A word of an attribute.
  func text(_ name: String, default other: String) throws -> String {
    switch node.attributes[name] {
    case nil: return other
    case .text(let value): return value
    default: throw ONNXSessionError("its attribute \(name) is no text")
    }
  }

  /// Refuses settings that are not computed here.
  func require(_ condition: Bool, _ problem: @autoclosure () -> String) throws {
    guard condition else { throw ONNXSessionError("\(problem()) is not computed here") }
  }

  /// An axis counted from 0.
  func axis(_ axis: Int, of rank: Int) throws -> Int {
    let place = axis < 0 ? axis + rank : axis
    guard (0..<rank).contains(place) else {
      throw ONNXSessionError("there is no axis \(axis) among \(rank)")
    }
    return place
  }
}

/// Bounds what a model can ask for.
enum Sizes {
  /// The most elements that one result may have.
  static let mostElements = 1 << 30

  /// Refuses shapes that are none or of which a tensor would not fit in memory.
  @discardableResult
  static func check(_ shape: [Int]) throws -> [Int] {
    var total = 1
    for size in shape {
      let (product, overflow) = total.multipliedReportingOverflow(by: max(size, 1))
      guard size >= 0, !overflow, product <= mostElements else {
        throw ONNXSessionError("a result of shape \(shape) is too large")
      }
      total = product
    }
    return shape
  }

  /// The shape that two shapes have together.
  static func broadcast(_ a: [Int], _ b: [Int]) throws -> [Int] {
    let rank = max(a.count, b.count)
    let first = Array(repeating: 1, count: rank - a.count) + a
    let second = Array(repeating: 1, count: rank - b.count) + b
    return try check(
      zip(first, second).map { x, y in
        guard x == y || x == 1 || y == 1 else {
          throw ONNXSessionError("\(a) and \(b) do not fit each other")
        }
        return x == 1 ? y : x
      })
  }
}
