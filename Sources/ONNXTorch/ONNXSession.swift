public import Foundation
public import ONNX
public import Torch

/// Runs an ONNX model with LibTorch, operation by operation.
///
/// ```swift
/// let session = try ONNXSession(ONNXModel(contentsOf: file))
/// let features = try session.run(["image": pixels])
/// ```
///
/// It is made to check what was exported and to run other programs' models where a runtime of their
/// own is not wanted; it knows the standard operators from version 13 on that ``operators`` lists.
/// Tensors of 16 bits are computed in `float32` and rounded after each operation, as processors
/// without instructions for them do.
public struct ONNXSession: Sendable {
  /// The model that is run.
  public let model: ONNXModel
  private let steps: [Step]
  private let constants: [String: Tensor]

  private struct Step: Sendable {
    let node: ONNXNode
    let function: Operator
    /// How messages call the operation.
    let label: String
    /// What no later operation needs.
    let forgets: [String]
  }

  /// The names of the operators that can be run.
  public static var operators: [String] { Operators.all.keys.sorted() }

  /// Checks that everything can be run: known operators, each after what it takes.
  ///
  /// - Parameter model: the model; its weights are used where they lie.
  /// - Throws: ``ONNXSessionError`` with all operators that are not known.
  public init(_ model: ONNXModel) throws {
    let unknown = Set(
      model.nodes.filter { !$0.domain.isEmpty || Operators.all[$0.operation] == nil }.map {
        ($0.domain.isEmpty ? "" : $0.domain + ".") + $0.operation
      })
    guard unknown.isEmpty else {
      throw ONNXSessionError(
        "the model uses operators that cannot be run here: \(unknown.sorted().joined(separator: ", "))"
      )
    }
    guard model.opset >= 13 else {
      throw ONNXSessionError(
        "the model uses version \(model.opset) of the operators; 13 or newer can be run here")
    }
    var constants: [String: Tensor] = [:]
    for tensor in model.initializers { constants[tensor.name] = try Tensor.of(tensor) }
    self.model = model
    self.constants = constants
    steps = try Self.steps(of: model, constants: Set(constants.keys))
  }

  private static func steps(of model: ONNXModel, constants: Set<String>) throws -> [Step] {
    var lastUse: [String: Int] = [:]
    for (index, node) in model.nodes.enumerated() {
      for name in node.inputs + node.outputs { lastUse[name] = index }
    }
    for output in model.outputs { lastUse[output.name] = nil }
    let forgotten = Dictionary(grouping: lastUse.keys.filter { !constants.contains($0) }) {
      lastUse[$0] ?? 0
    }
    var known = constants.union(model.inputs.map(\.name)).union([""])
    let steps = try model.nodes.enumerated().map { index, node in
      let label = "\(node.operation) '\(node.name.isEmpty ? "number \(index)" : node.name)'"
      if let missing = node.inputs.first(where: { !known.contains($0) }) {
        throw ONNXSessionError("\(label) takes '\(missing)', which nothing before it gives")
      }
      for name in node.outputs where !name.isEmpty {
        guard known.insert(name).inserted else {
          throw ONNXSessionError("\(label) gives '\(name)', which there is already")
        }
      }
      guard let function = Operators.all[node.operation] else {
        throw ONNXSessionError("\(label) cannot be run here")
      }
      return Step(node: node, function: function, label: label, forgets: forgotten[index] ?? [])
    }
    if let missing = model.outputs.first(where: { !known.contains($0.name) }) {
      throw ONNXSessionError("nothing gives the output '\(missing.name)'")
    }
    return steps
  }

  /// Computes all outputs.
  ///
  /// - Parameter inputs: a tensor for each of the model's inputs, of its type and sizes.
  /// - Returns: the outputs by name.
  /// - Throws: ``ONNXSessionError`` for inputs that do not fit, and with the operation that fails.
  public func run(_ inputs: [String: Tensor]) throws -> [String: Tensor] {
    try check(inputs)
    return try withInferenceMode {
      var values = inputs
      for step in steps {
        let arguments = step.node.inputs.map { values[$0] ?? constants[$0] }
        let call = OperatorCall(node: step.node, inputs: arguments, opset: model.opset)
        let results: [Tensor]
        do { results = try step.function.run(call) } catch {
          throw ONNXSessionError("\(step.label): \(error)")
        }
        let wanted = step.node.outputs.enumerated().filter { !$0.element.isEmpty }
        if let beyond = wanted.last, beyond.offset >= results.count {
          throw ONNXSessionError(
            "\(step.label) is asked for \(beyond.offset + 1) results and gives \(results.count) here"
          )
        }
        for (index, name) in wanted { values[name] = results[index] }
        for name in step.forgets { values[name] = nil }
      }
      var outputs: [String: Tensor] = [:]
      for output in model.outputs {
        outputs[output.name] = values[output.name] ?? constants[output.name]
      }
      return outputs
    }
  }

  private func check(_ inputs: [String: Tensor]) throws {
    if let strange = inputs.keys.first(where: { name in !model.inputs.contains { $0.name == name } }
    ) {
      throw ONNXSessionError("the model has no input '\(strange)'")
    }
    var sizes: [String: Int] = [:]
    for input in model.inputs {
      guard let tensor = inputs[input.name] else {
        throw ONNXSessionError("the input '\(input)' is missing")
      }
      var fits = input.elementType.map { DType($0) == tensor.dtype } ?? true
      if let shape = input.shape {
        fits = fits && shape.count == tensor.rank
        for (dimension, size) in zip(shape, tensor.shape) {
          switch dimension {
          case .fixed(let expected): fits = fits && expected == size
          case .named(let name):
            fits = fits && sizes[name, default: size] == size
            sizes[name] = size
          case .unknown: break
          }
        }
      }
      guard fits else {
        throw ONNXSessionError(
          "the input '\(input)' cannot be \(tensor.dtype.rawValue) \(tensor.shape)")
      }
    }
  }
}

/// Why a model cannot be run, as one sentence.
public struct ONNXSessionError: LocalizedError, Equatable, Sendable, CustomStringConvertible {
  /// The sentence.
  public let description: String

  /// The sentence, for `localizedDescription`.
  public var errorDescription: String? { description }

  init(_ description: String) { self.description = description }
}
