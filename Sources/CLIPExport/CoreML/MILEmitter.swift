import CoreMLPackage
import Foundation
import Torch

/// Writes a graph as an ML Program.
///
/// Layers compute in the wanted type, what goes in and comes out is `float32` or `int32`, and a cast is
/// put where the two meet. Weights are written as they are met and stored once.
struct MILEmitter {
  /// A result in the program.
  struct Operand {
    let name: String
    let type: MLProgram.TensorType
  }

  let graph: TowerGraph
  let settings: CoreMLSettings
  let producers: [TowerGraph.ValueID: TowerGraph.Node]
  private(set) var program = MLProgram()
  private let weights: WeightFile.Writer
  private var results: [TowerGraph.ValueID: Operand] = [:]
  /// Constants that are repeated for each input: only a concatenation can take them.
  private var repeated: [TowerGraph.ValueID: TowerGraph.ValueID] = [:]
  private var casts: [String: Operand] = [:]
  private var stored: [String: Operand] = [:]
  private var counts: [String: Int] = [:]
  private var taken: Set<String>

  /// Constants of fewer elements stay in the program, as coremltools has it.
  private static let smallestStored = 10

  /// Writes a graph.
  ///
  /// - Parameters:
  ///   - graph: what is computed.
  ///   - settings: what is wanted.
  ///   - weights: takes the elements of large constants.
  /// - Returns: the program.
  /// - Throws: ``ExportError/unsupported(_:)`` for what the format cannot say.
  static func program(
    of graph: TowerGraph, _ settings: CoreMLSettings, weights: WeightFile.Writer
  ) throws -> MLProgram {
    var emitter = MILEmitter(graph: graph, settings: settings, weights: weights)
    try emitter.emit()
    return emitter.program
  }

  private init(graph: TowerGraph, settings: CoreMLSettings, weights: WeightFile.Writer) {
    self.graph = graph
    self.settings = settings
    self.weights = weights
    producers = graph.producers
    taken = [settings.input, settings.output]
  }

  private mutating func emit() throws {
    var input = Operand(
      name: settings.input,
      type: .init(
        graph.dtype(graph.input).isFloatingPoint ? .float32 : .int32, shape(of: graph.input)))
    program.inputs = [.init(input.name, input.type)]
    if let (scale, shift) = settings.pixels {
      input = try operation("mul", ["x": input, "y": constant(scale)], input.type)
      input = try operation("add", ["x": input, "y": constant(shift)], input.type)
    }
    results[graph.input] = input
    for node in graph.nodes { try emit(node) }
    var features = try results(of: graph.output, as: .float32)
    if settings.normalizes {
      let length = operation(
        "reduce_l2_norm", ["x": features, "axes": integers([-1]), "keep_dims": flag(true)],
        .init(.float32, features.type.shape.dropLast() + [1]))
      features = operation("real_div", ["x": features, "y": length], features.type)
    } else if program.operations.last?.outputs.map(\.name) != [features.name] {
      features = operation("identity", ["x": features], features.type)
    }
    // The last operation takes the output's name.
    program.operations[program.operations.count - 1].outputs = [
      .init(settings.output, features.type)
    ]
    program.operations[program.operations.count - 1].attributes["name"] = .text(settings.output)
    program.outputs = [settings.output]
    removeUnused()
  }

  /// Drops operations that nothing needs.
  private mutating func removeUnused() {
    var needed: Set<String> = [settings.output]
    var kept: [MLProgram.Operation] = []
    for operation in program.operations.reversed()
    where operation.outputs.contains(where: { needed.contains($0.name) }) {
      for names in operation.inputs.values { needed.formUnion(names) }
      kept.append(operation)
    }
    program.operations = kept.reversed()
  }

  // MARK: Values

  /// The sizes of a value; nil is one that depends on the number of inputs.
  func shape(of value: TowerGraph.ValueID) -> [Int?] {
    graph.shape(value).map { dimension in
      switch dimension {
      case .fixed(let size): size
      case .batch(let times): settings.batch.map { $0 * times }
      }
    }
  }

  mutating func set(_ value: TowerGraph.ValueID, _ result: Operand) { results[value] = result }

  /// Remembers that a value is a constant for each input.
  mutating func set(_ value: TowerGraph.ValueID, repeats constant: TowerGraph.ValueID) {
    repeated[value] = constant
  }

  /// The constant that a value repeats for each input.
  func repeats(_ value: TowerGraph.ValueID) -> Tensor? {
    repeated[value].flatMap { graph.constant($0) }
  }

  /// A value as it was computed; constants in the layers' type.
  mutating func result(of value: TowerGraph.ValueID) throws -> Operand {
    if let result = results[value] { return result }
    guard case .constant(let tensor, let name) = graph.values[value] else {
      throw ExportError.unsupported(
        "Core ML cannot repeat a constant for any number of inputs; export for one number, as with "
          + "a batch of 1")
    }
    return try constant(tensor, name: name)
  }

  /// A value in the type that an operation asks for.
  mutating func results(of value: TowerGraph.ValueID, as dtype: DType) throws -> Operand {
    if case .constant(let tensor, let name) = graph.values[value], tensor.dtype.isFloatingPoint {
      return try constant(tensor, name: name, dtype: dtype)
    }
    return cast(try result(of: value), to: dtype)
  }

  mutating func cast(_ operand: Operand, to dtype: DType) -> Operand {
    guard operand.type.element.dtype != dtype else { return operand }
    let (word, element): (String, MLProgram.Element) =
      switch dtype {
      case .float16: ("fp16", .float16)
      case .bool: ("bool", .bool)
      case .int32, .int64: ("int32", .int32)
      default: ("fp32", .float32)
      }
    guard operand.type.element != element else { return operand }
    let key = "\(operand.name) \(word)"
    if let known = casts[key] { return known }
    let converted = operation(
      "cast", ["x": operand, "dtype": text(word)], .init(element, operand.type.shape))
    casts[key] = converted
    return converted
  }

  // MARK: Operations

  /// Enters an operation with one result.
  mutating func operation(
    _ type: String, _ inputs: [String: Operand], _ result: MLProgram.TensorType
  ) -> Operand {
    operations(type, inputs.mapValues { [$0] }, [result])[0]
  }

  /// Enters an operation, some of whose parameters are lists.
  mutating func operations(
    _ type: String, _ inputs: [String: [Operand]], _ results: [MLProgram.TensorType]
  ) -> [Operand] {
    let name = fresh(type)
    let outputs = results.enumerated().map { index, type in
      MLProgram.Result(results.count == 1 ? name : "\(name)_part\(index)", type)
    }
    program.operations.append(
      .init(
        type, inputs: inputs.mapValues { $0.map(\.name) }, attributes: ["name": .text(name)],
        outputs: outputs))
    return outputs.map { Operand(name: $0.name, type: $0.type) }
  }

  private mutating func fresh(_ stem: String) -> String {
    while true {
      let number = counts[stem, default: 0]
      counts[stem] = number + 1
      let name = "\(stem)_\(number)"
      if taken.insert(name).inserted { return name }
    }
  }

  /// A checkpoint's name in the letters that the format has.
  private mutating func identifier(_ name: String) -> String {
    let letters = name.unicodeScalars.map { scalar in
      scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
        ? String(scalar) : "_"
    }.joined()
    let stem = letters.first?.isNumber == true ? "_" + letters : letters
    return taken.insert(stem).inserted ? stem : fresh(stem)
  }

  // MARK: Constants

  mutating func text(_ text: String) -> Operand {
    constant("text \(text)", .text(text), stem: "text")
  }

  mutating func flag(_ flag: Bool) -> Operand {
    constant("flag \(flag)", .init(.init(.bool), .bools([flag])), stem: "flag")
  }

  mutating func flags(_ flags: [Bool]) -> Operand {
    constant("flags \(flags)", .init(.init(.bool, [flags.count]), .bools(flags)), stem: "flags")
  }

  mutating func integer(_ number: Int) -> Operand {
    constant(
      "integer \(number)", .init(.init(.int32), .integers([Int32(number)])), stem: "integer")
  }

  mutating func integers(_ numbers: [Int]) -> Operand {
    constant(
      "integers \(numbers)",
      .init(.init(.int32, [numbers.count]), .integers(numbers.map { Int32($0) })), stem: "integers")
  }

  /// A number.
  mutating func number(_ number: Double, as dtype: DType) throws -> Operand {
    try constant(.full([], number), dtype: dtype)
  }

  /// A constant tensor, stored once however often it is used.
  ///
  /// - Parameters:
  ///   - tensor: its elements.
  ///   - name: as in the checkpoint, if it is one of its tensors.
  ///   - dtype: numbers get this type; nil: that of the tensor, or the layers' if it has a name.
  /// - Returns: the tensor as an input of operations.
  /// - Throws: `TorchError`.
  mutating func constant(
    _ tensor: Tensor, name: String? = nil, dtype: DType? = nil
  ) throws -> Operand {
    let wanted = dtype ?? (name == nil ? tensor.dtype : settings.dtype)
    let elements = tensor.dtype.isFloatingPoint ? wanted : tensor.dtype
    let type = MLProgram.TensorType(try .init(elements), tensor.shape.map { $0 })
    guard tensor.count >= Self.smallestStored, type.element != .bool, type.element != .int32 else {
      let content = try Self.content(of: tensor, as: type.element)
      return constant("\(type) \(content)", .init(type, content), stem: "constant")
    }
    let key = "\(try Self.place(of: tensor)) \(type)"
    if let known = stored[key] { return known }
    let value = MLProgram.Value(type, .weights(offset: try store(tensor, as: type.element)))
    let operand = constant(key, value, stem: name ?? "constant", isNamed: name != nil)
    return operand
  }

  /// A weight with its outputs along its first axis, in eight bits if that is wanted and worth it.
  mutating func weight(_ value: TowerGraph.ValueID, as dtype: DType) throws -> Operand {
    guard settings.quantizes, case .constant(let tensor, let name) = graph.values[value],
      tensor.rank > 1, tensor.count >= 8192
    else { return try results(of: value, as: dtype) }
    let key = "\(try Self.place(of: tensor)) quantized \(dtype)"
    if let known = stored[key] { return known }
    let quantized = try Quantization(tensor, axis: 0)
    let layers = try MLProgram.Element(dtype)
    let count = tensor.shape[0]
    let attributes: [String: MLProgram.Value] = [
      "quantized_data": .init(
        .init(.int8, tensor.shape.map { $0 }),
        .weights(offset: try store(quantized.values, as: .int8))),
      "scale": .init(
        .init(layers, [count]), .weights(offset: try store(quantized.scale, as: layers))),
      "zero_point": .init(.init(.int8), .bytes([0])),
      "axis": .init(.init(.int32), .integers([0])),
    ]
    let result = identifier(name ?? "weight")
    program.operations.append(
      .init(
        "constexpr_affine_dequantize",
        attributes: attributes.merging(["name": .text(result)]) { a, _ in a },
        outputs: [.init(result, .init(layers, tensor.shape.map { $0 }))]))
    let operand = Operand(name: result, type: .init(layers, tensor.shape.map { $0 }))
    stored[key] = operand
    return operand
  }

  private mutating func constant(
    _ key: String, _ value: MLProgram.Value, stem: String, isNamed: Bool = false
  ) -> Operand {
    if let known = stored[key] { return known }
    let name = isNamed ? identifier(stem) : fresh(stem)
    program.operations.append(
      .init(
        "const", attributes: ["name": .text(name), "val": value],
        outputs: [.init(name, value.type)]))
    let operand = Operand(name: name, type: value.type)
    stored[key] = operand
    return operand
  }

  private func store(_ tensor: Tensor, as element: MLProgram.Element) throws -> UInt64 {
    guard let dtype = element.dtype else {
      throw ExportError.unsupported("texts are no weights")
    }
    return try tensor.to(dtype).withBytes { bytes in
      Result { try weights.append(bytes, as: element) }
    }.get()
  }

  private static func content(
    of tensor: Tensor, as element: MLProgram.Element
  ) throws -> MLProgram.Value.Content {
    switch element {
    case .float32: return .floats(try tensor.to(.float32).scalars(Float.self))
    case .int32: return .integers(try tensor.to(.int32).scalars(Int32.self))
    case .bool: return .bools(try tensor.to(.uint8).scalars(UInt8.self).map { $0 != 0 })
    default:
      guard let dtype = element.dtype else {
        throw ExportError.unsupported("texts are no tensors")
      }
      return .bytes(try tensor.to(dtype).withBytes { Array($0) })
    }
  }

  /// What is the same for tensors of the same elements in the same place.
  private static func place(of tensor: Tensor) throws -> String {
    guard tensor.isContiguous, tensor.device == .cpu else {
      return "\(ObjectIdentifier(tensor)) \(tensor.shape)"
    }
    return try tensor.withBytes { "\(Int(bitPattern: $0.baseAddress)) \(tensor.shape)" }
  }
}
