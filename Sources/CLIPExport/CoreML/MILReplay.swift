import CoreMLPackage
import Files
import Foundation
import Torch

/// Computes an ML Program with LibTorch, as far as our exporter writes such programs.
///
/// Everything is checked on the way: names, the type and shape of each result, where weights lie, and
/// that the description says what the program says. Half precision is what results are rounded to.
struct MILReplay {
  /// What is wrong with a program, as one clause.
  struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }

  private let package: MLPackage
  private let weights: MappedFile
  /// Constants by name.
  private var constants: [String: Constant] = [:]
  /// The declared type of each result.
  private let elements: [String: MLProgram.Element]
  /// The operation after which a result is not needed any more; none for constants.
  private let lastUses: [String: Int]

  /// A tensor, or a text.
  enum Constant {
    case tensor(Tensor)
    case text(String)
  }

  /// The most elements of a result.
  private static let maximumCount = 1 << 31

  /// Opens a package.
  ///
  /// - Throws: `MLPackageError`; ``Failure`` for a description or constants that do not fit.
  init(_ folder: URL) throws {
    package = try MLPackage(contentsOf: folder)
    weights = try MappedFile(MLPackage.Layout(folder).weights)
    let program = package.program
    elements = Dictionary(
      (program.operations.flatMap(\.outputs) + program.inputs).map { ($0.name, $0.type.element) }
    ) { first, _ in first }
    var lastUses: [String: Int] = [:]
    for (index, operation) in program.operations.enumerated() {
      for name in operation.inputs.values.joined() { lastUses[name] = index }
    }
    for operation in program.operations where operation.inputs.isEmpty {
      for output in operation.outputs { lastUses[output.name] = nil }
    }
    for name in program.outputs { lastUses[name] = nil }
    self.lastUses = lastUses
    try checkDescription()
    for operation in package.program.operations where operation.inputs.isEmpty {
      guard let output = operation.outputs.first, operation.outputs.count == 1 else {
        throw Failure("'\(operation.type)' gives \(operation.outputs.count) results")
      }
      guard constants.updateValue(try constant(operation), forKey: output.name) == nil else {
        throw Failure("two results are called '\(output.name)'")
      }
    }
  }

  /// Whoever runs the model sees the description alone.
  private func checkDescription() throws {
    let program = package.program
    guard package.inputs.map(\.name) == program.inputs.map(\.name) else {
      throw Failure("the description's inputs have other names than the program's")
    }
    guard package.outputs.map(\.name) == program.outputs else {
      throw Failure("the description's outputs have other names than the program's")
    }
    let results = program.operations.flatMap(\.outputs) + program.inputs
    let types = Dictionary(results.map { ($0.name, $0.type) }) { first, _ in first }
    for feature in package.inputs + package.outputs {
      guard let type = types[feature.name] else {
        throw Failure("'\(feature.name)' is not computed")
      }
      switch feature.kind {
      case .image(let width, let height):
        guard type.element == .float32, type.shape == [1, 3, height, width] else {
          throw Failure("'\(feature.name)' is a picture that the program takes for \(type)")
        }
      case .array(let element, let shapes):
        guard element == type.element, shapes.allSatisfy({ Self.fits($0, type.shape) }) else {
          throw Failure("'\(feature.name)' is described as other than \(type)")
        }
      }
    }
  }

  private static func fits(_ shape: [Int], _ declared: [Int?]) -> Bool {
    shape.count == declared.count && zip(shape, declared).allSatisfy { $1 == nil || $0 == $1 }
  }

  // MARK: Constants

  private func constant(_ operation: MLProgram.Operation) throws -> Constant {
    let type = operation.outputs[0].type
    switch operation.type {
    case "const":
      guard let value = operation.attributes["val"], value.type == type else {
        throw Failure("the constant '\(operation.outputs[0].name)' is of another type than it says")
      }
      if case .strings(let texts) = value.content, texts.count == 1 { return .text(texts[0]) }
      return .tensor(try tensor(value))
    case "constexpr_affine_dequantize":
      func part(_ name: String) throws -> Tensor {
        guard let value = operation.attributes[name] else {
          throw Failure("'\(operation.outputs[0].name)' has no \(name)")
        }
        return try tensor(value)
      }
      let data = try part("quantized_data").to(.float32)
      let axis = Int(try part("axis").item())
      guard (0..<data.rank).contains(axis), type.shape == data.shape.map({ $0 }) else {
        throw Failure("'\(operation.outputs[0].name)' is of another shape than its numbers")
      }
      var shape = Array(repeating: 1, count: data.rank)
      shape[axis] = -1
      let zero = try part("zero_point").to(.float32)
      let scale = try part("scale").to(.float32).reshaped(shape)
      return .tensor(try ((data - zero) * scale).to(type.element.dtype ?? .float32))
    default: throw Failure("there is no operation '\(operation.type)' without inputs")
    }
  }

  private func tensor(_ value: MLProgram.Value) throws -> Tensor {
    let shape = value.type.shape.compactMap { $0 }
    guard shape.count == value.type.shape.count, let dtype = value.type.element.dtype else {
      throw Failure("a constant has no fixed size")
    }
    let count = shape.reduce(1, *)
    func require(_ found: Int) throws {
      guard found == count else {
        throw Failure("a constant has \(found) elements and says that it has \(count)")
      }
    }
    switch value.content {
    case .floats(let numbers):
      try require(numbers.count)
      return try Tensor(numbers, shape: shape)
    case .integers(let numbers):
      try require(numbers.count)
      return try Tensor(numbers, shape: shape)
    case .bools(let flags):
      try require(flags.count)
      return try Tensor(flags.map { $0 ? 1 : 0 } as [UInt8], shape: shape).to(.bool)
    case .bytes(let bytes):
      try require(bytes.count / dtype.byteCount)
      return try bytes.withUnsafeBytes { try Tensor(bytes: $0, shape: shape, dtype: dtype) }
    case .weights(let offset):
      let bytes = weights.bytes(in: 0..<weights.count)
      let range: Range<Int>
      do throws(WeightFile.Problem) {
        range = try WeightFile.range(in: bytes, at: offset, of: value.type)
      } catch { throw Failure(error.sentence) }
      return try Tensor(
        bytes: UnsafeRawBufferPointer(rebasing: bytes[range]), shape: shape, dtype: dtype)
    case .strings: throw Failure("a constant holds several texts")
    }
  }

  // MARK: Running

  /// Computes the program.
  ///
  /// - Parameter input: the first input, of a shape that the description allows.
  /// - Returns: the first output.
  /// - Throws: ``Failure`` for a program that does not fit together; `TorchError`.
  func run(_ input: Tensor) throws -> Tensor {
    let program = package.program
    guard let first = program.inputs.first, let last = program.outputs.first else {
      throw Failure("it takes or gives nothing")
    }
    var values: [String: Constant] = constants
    try require(input, is: first)
    values[first.name] = .tensor(input)
    for (index, operation) in program.operations.enumerated() where !operation.inputs.isEmpty {
      try requireTypes(operation)
      let results = try MILCall(operation, values)()
      guard results.count == operation.outputs.count else {
        throw Failure("'\(operation.type)' gives \(results.count) results")
      }
      for (result, output) in zip(results, operation.outputs) {
        let value = try rounded(result, output.type.element)
        try require(value, is: output)
        guard values.updateValue(.tensor(value), forKey: output.name) == nil else {
          throw Failure("two results are called '\(output.name)'")
        }
      }
      for name in operation.inputs.values.joined() where lastUses[name] == index {
        values[name] = nil
      }
    }
    guard case .tensor(let output)? = values[last] else {
      throw Failure("'\(last)' is not computed")
    }
    return output
  }

  /// What an operation takes and gives is of one type, except where types are its purpose.
  private func requireTypes(_ operation: MLProgram.Operation) throws {
    guard !["cast", "equal"].contains(operation.type), let result = operation.outputs.first else {
      return
    }
    for name in operation.inputs.values.joined() {
      guard let element = elements[name], [.float16, .float32].contains(element) else { continue }
      guard element == result.type.element else {
        throw Failure("'\(result.name)' is \(result.type.element) and takes \(name), \(element)")
      }
    }
  }

  /// Half precision as numbers of full width, whose operations are exact.
  private func rounded(_ tensor: Tensor, _ element: MLProgram.Element) throws -> Tensor {
    guard element == .float16, tensor.dtype.isFloatingPoint else { return tensor }
    return try tensor.to(.float16).to(.float32)
  }

  private func require(_ tensor: Tensor, is result: MLProgram.Result) throws {
    guard tensor.count <= Self.maximumCount, Self.fits(tensor.shape, result.type.shape) else {
      throw Failure(
        "'\(result.name)' has the shape \(tensor.shape) and says that it has \(result.type.shape)")
    }
    let isRight =
      switch result.type.element {
      case .float16, .float32: tensor.dtype.isFloatingPoint
      default: tensor.dtype == result.type.element.dtype
      }
    guard isRight else {
      throw Failure(
        "'\(result.name)' is \(tensor.dtype) and says that it is \(result.type.element)")
    }
  }
}
