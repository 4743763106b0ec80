import Foundation
import ONNX
import ONNXTorch
import Torch

/// Writes a graph as ONNX.
///
/// Every value has a type of its own: layers ask for their inputs in the precision that is wanted,
/// statistics, softmax and mask ask for `float32`, and a cast is put where the two meet. So the
/// precision is in the graph, which is all that TensorRT 11 looks at.
struct ONNXEmitter {
  /// A result in the model.
  struct Operand {
    let name: String
    let dtype: DType
  }

  let graph: TowerGraph
  let settings: ONNXSettings
  private(set) var model: ONNXModel
  private var results: [TowerGraph.ValueID: Operand] = [:]
  private var casts: [String: Operand] = [:]
  /// What masks become, by the mask.
  var masks: [String: Operand] = [:]
  private var stored: [String: String] = [:]
  private var taken: Set<String> = []
  private var counts: [String: Int] = [:]
  let producers: [TowerGraph.ValueID: TowerGraph.Node]

  /// The type that layers compute in.
  var dtype: DType { settings.precision.dtype }

  /// The model.
  ///
  /// - Throws: ``ExportError/unsupported(_:)`` for shapes that the format cannot say.
  static func model(of graph: TowerGraph, _ settings: ONNXSettings) throws -> ONNXModel {
    var emitter = ONNXEmitter(graph: graph, settings: settings)
    return try emitter.emit()
  }

  private init(graph: TowerGraph, settings: ONNXSettings) {
    self.graph = graph
    self.settings = settings
    producers = graph.producers
    model = ONNXModel(name: settings.name, opset: settings.opset)
    taken = [settings.input, settings.output]
  }

  private mutating func emit() throws -> ONNXModel {
    let input = Operand(name: settings.input, dtype: graph.dtype(graph.input))
    results[graph.input] = input
    model.inputs = [declared(input, shape: graph.shape(graph.input))]
    for node in graph.nodes { try emit(node) }
    try finish(results(of: graph.output, as: .float32))
    removeUnused()
    return model
  }

  /// Names the output, of unit length if wanted.
  private mutating func finish(_ features: Operand) throws {
    var last = features
    if settings.normalizes {
      let length = try reduce("ReduceL2", features, axes: [-1], keepsAxes: true)
      last = node("Div", [features, length], as: .float32)
    } else if model.nodes.last?.outputs != [features.name] {
      last = node("Identity", [features], as: .float32)
    }
    // The last operation takes the output's name.
    model.nodes[model.nodes.count - 1].outputs = [settings.output]
    let output = Operand(name: settings.output, dtype: last.dtype)
    model.outputs = [declared(output, shape: graph.shape(graph.output))]
  }

  private func declared(_ result: Operand, shape: [TowerGraph.Dimension]) -> ONNXValue {
    ONNXValue(
      name: result.name, elementType: ONNXElementType(result.dtype),
      shape: shape.map { dimension in
        switch dimension {
        case .fixed(let size): .fixed(size)
        case .batch(let times):
          settings.batch.map { .fixed($0 * times) }
            ?? .named(times == 1 ? "batch" : "\(times)*batch")
        }
      })
  }

  /// Drops operations and tensors that nothing needs, as the transposition of keys that attention
  /// has merged into its own.
  private mutating func removeUnused() {
    var needed: Set<String> = [settings.output]
    var kept: [ONNXNode] = []
    for node in model.nodes.reversed() where node.outputs.contains(where: needed.contains) {
      needed.formUnion(node.inputs)
      kept.append(node)
    }
    model.nodes = kept.reversed()
    model.initializers.removeAll { !needed.contains($0.name) }
  }

  // MARK: What the operations are written with

  /// Enters an operation with one result.
  mutating func node(
    _ operation: String, _ inputs: [Operand], _ attributes: [String: ONNXAttribute] = [:],
    as dtype: DType
  ) -> Operand {
    let name = fresh(operation)
    model.nodes.append(
      ONNXNode(
        operation, name: name, inputs: inputs.map(\.name), outputs: [name], attributes: attributes))
    return Operand(name: name, dtype: dtype)
  }

  /// Enters an operation with several results of one type.
  mutating func nodes(
    _ operation: String, _ inputs: [Operand], _ attributes: [String: ONNXAttribute], count: Int,
    as dtype: DType
  ) -> [Operand] {
    let name = fresh(operation)
    let outputs = (0..<count).map { "\(name)_\($0)" }
    model.nodes.append(
      ONNXNode(
        operation, name: name, inputs: inputs.map(\.name), outputs: outputs, attributes: attributes)
    )
    return outputs.map { Operand(name: $0, dtype: dtype) }
  }

  private mutating func fresh(_ stem: String) -> String {
    while true {
      let number = counts[stem, default: 0]
      counts[stem] = number + 1
      let name = "\(stem)_\(number)"
      if taken.insert(name).inserted { return name }
    }
  }

  mutating func set(_ value: TowerGraph.ValueID, _ result: Operand) { results[value] = result }

  /// A value as it was computed; constants in the layers' type.
  mutating func result(of value: TowerGraph.ValueID) throws -> Operand {
    if let result = results[value] { return result }
    guard case .constant(let tensor, let name) = graph.values[value] else {
      throw ExportError.unsupported("a value is used before it is computed")
    }
    let result = try initializer(tensor, name: name)
    results[value] = result
    return result
  }

  /// A value in the type that an operation asks for.
  mutating func results(of value: TowerGraph.ValueID, as dtype: DType) throws -> Operand {
    if case .constant(let tensor, let name) = graph.values[value], tensor.dtype.isFloatingPoint {
      return try initializer(tensor, name: name, dtype: dtype)
    }
    return cast(try result(of: value), to: dtype)
  }

  mutating func cast(_ result: Operand, to dtype: DType) -> Operand {
    guard result.dtype != dtype else { return result }
    let key = "\(result.name) \(dtype.rawValue)"
    if let known = casts[key] { return known }
    let type = ONNXElementType(dtype).rawValue
    let converted = node("Cast", [result], ["to": .integer(type)], as: dtype)
    casts[key] = converted
    return converted
  }

  /// A constant tensor, stored once however often it is used.
  ///
  /// - Parameters:
  ///   - tensor: its elements are read when they are written, a tensor at a time.
  ///   - name: as in the checkpoint, if it is one of its tensors.
  ///   - dtype: numbers get this type; nil: that of the layers.
  ///   - form: what tells it from other tensors of the same elements.
  /// - Returns: the tensor as an input of operations.
  /// - Throws: `TorchError`.
  mutating func initializer(
    _ tensor: Tensor, name: String? = nil, dtype: DType? = nil, form: String = ""
  ) throws -> Operand {
    let type = tensor.dtype.isFloatingPoint ? dtype ?? self.dtype : tensor.dtype
    let key = "\(try Self.identity(of: tensor)) \(type.rawValue) \(form)"
    if let known = stored[key] { return Operand(name: known, dtype: type) }
    let stem = name ?? "constant"
    let label = name.map { taken.insert($0).inserted ? $0 : fresh(stem) } ?? fresh(stem)
    let reader: ONNXTensor.Reader = { body in
      try tensor.to(type).withBytes { bytes in Result { try body(bytes) } }.get()
    }
    model.initializers.append(
      try ONNXTensor(
        name: label, elementType: ONNXElementType(type), shape: tensor.shape, reader: reader))
    stored[key] = label
    return Operand(name: label, dtype: type)
  }

  /// What is equal for tensors of equal elements: the elements of small ones, the place of others.
  private static func identity(of tensor: Tensor) throws -> String {
    let head = "\(tensor.shape) \(tensor.dtype.rawValue)"
    if tensor.count <= 64 {
      return try tensor.withBytes { "\(head) \($0.map { String($0, radix: 16) })" }
    }
    guard tensor.isContiguous, tensor.device == .cpu else {
      return "\(head) \(ObjectIdentifier(tensor))"
    }
    return try tensor.withBytes { "\(head) \(Int(bitPattern: $0.baseAddress))" }
  }

  /// A list of whole numbers, as shapes and axes are given.
  mutating func integers(_ values: [Int]) throws -> Operand {
    try initializer(Tensor(values.map { Int64($0) }, shape: [values.count]))
  }

  /// A number.
  mutating func number(_ value: Double, as dtype: DType) throws -> Operand {
    try initializer(.full([], value), dtype: dtype)
  }

  /// Fewer axes; from version 18 on the axes are an input.
  mutating func reduce(
    _ operation: String, _ x: Operand, axes: [Int], keepsAxes: Bool
  ) throws -> Operand {
    var attributes: [String: ONNXAttribute] = ["keepdims": .integer(keepsAxes ? 1 : 0)]
    var inputs = [x]
    if settings.opset >= 18 || operation == "ReduceSum" {
      inputs.append(try integers(axes))
    } else {
      attributes["axes"] = .integers(axes)
    }
    return node(operation, inputs, attributes, as: x.dtype)
  }
}
