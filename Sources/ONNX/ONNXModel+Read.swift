import Files
public import Foundation
import SwiftProtobuf

extension ONNXModel {
  /// Reads a file, which may come from anywhere; weights stay in their mapped files.
  ///
  /// - Parameter url: the model's file; a file of weights lies beside it.
  /// - Throws: ``ONNXError``.
  public init(contentsOf url: URL) throws {
    let name = url.lastPathComponent
    let file = try ONNXError.wrapping { try MappedFile(url) }
    let proto: Onnx_ModelProto
    do {
      let structure = try WireFormat.withoutWeights(file.bytes)
      var options = BinaryDecodingOptions()
      options.messageDepthLimit = 32
      proto = try Onnx_ModelProto(serializedBytes: structure, options: options)
    } catch let error as WireError {
      throw ONNXError.model(file: name, problem: error.problem)
    } catch is BinaryDecodingError {
      throw ONNXError.model(file: name, problem: WireError.broken.problem)
    }
    guard proto.hasGraph, !proto.opsetImport.isEmpty else {
      throw ONNXError.model(file: name, problem: "it is no ONNX file: it has no graph")
    }
    var reader = Reader(file: file, url: url)
    try self.init(proto, &reader)
  }

  fileprivate init(_ proto: Onnx_ModelProto, _ reader: inout Reader) throws {
    let sets = proto.opsetImport.map { ($0.domain == "ai.onnx" ? "" : $0.domain, Int($0.version)) }
    self.init(
      name: proto.graph.name, opset: sets.first { $0.0.isEmpty }?.1 ?? 0,
      producer: proto.producerName)
    otherOpsets = Dictionary(sets.filter { !$0.0.isEmpty }) { $1 }
    irVersion = Int(proto.irVersion)
    producerVersion = proto.producerVersion
    metadata = Dictionary(proto.metadataProps.map { ($0.key, $0.value) }) { $1 }
    initializers = []
    for tensor in proto.graph.initializer { initializers.append(try reader.tensor(tensor)) }
    let constants = Set(initializers.map(\.name))
    inputs = proto.graph.input.map(ONNXValue.init).filter { !constants.contains($0.name) }
    outputs = proto.graph.output.map(ONNXValue.init)
    nodes = []
    for node in proto.graph.node { nodes.append(try reader.node(node)) }
  }
}

/// Finds the elements of tensors in the model's file and in those beside it.
private struct Reader {
  let file: MappedFile
  let url: URL
  private var beside: [String: MappedFile] = [:]

  init(file: MappedFile, url: URL) {
    self.file = file
    self.url = url
  }

  private func failure(_ problem: String) -> ONNXError {
    .model(file: url.lastPathComponent, problem: problem)
  }

  mutating func node(_ proto: Onnx_NodeProto) throws -> ONNXNode {
    var attributes: [String: ONNXAttribute] = [:]
    for attribute in proto.attribute { attributes[attribute.name] = try value(attribute) }
    return ONNXNode(
      proto.opType, name: proto.name, inputs: proto.input, outputs: proto.output,
      attributes: attributes, domain: proto.domain == "ai.onnx" ? "" : proto.domain)
  }

  private mutating func value(_ proto: Onnx_AttributeProto) throws -> ONNXAttribute {
    switch proto.type {
    case .int: .integer(Int(proto.i))
    case .ints: .integers(proto.ints.map { Int($0) })
    case .float: .number(proto.f)
    case .floats: .numbers(proto.floats)
    case .string: .text(String(decoding: proto.s, as: UTF8.self))
    case .strings: .texts(proto.strings.map { String(decoding: $0, as: UTF8.self) })
    case .tensor: .tensor(try tensor(proto.t))
    default: .unread(kind: "\(proto.type)")
    }
  }

  mutating func tensor(_ proto: Onnx_TensorProto) throws -> ONNXTensor {
    guard let type = ONNXElementType(rawValue: Int(proto.dataType)) else {
      throw failure("the tensor \(proto.name) has elements of type \(proto.dataType), unknown here")
    }
    guard proto.dims.count <= 64 else {
      throw failure("the tensor \(proto.name) has \(proto.dims.count) axes")
    }
    let shape = proto.dims.map { Int($0) }
    do {
      if proto.dataLocation == .external {
        let (file, range) = try external(proto)
        return try ONNXTensor(
          name: proto.name, elementType: type, shape: shape, file: file, range: range)
      }
      if proto.hasRawData {
        guard let range = WireFormat.range(proto.rawData) else { throw failure("it is damaged") }
        return try ONNXTensor(
          name: proto.name, elementType: type, shape: shape, file: file, range: range)
      }
      return try ONNXTensor(
        name: proto.name, elementType: type, shape: shape, data: typed(proto, type))
    } catch ONNXError.model(_, let problem) {
      throw failure("tensor '\(proto.name)': \(problem)")
    }
  }

  /// Elements that the message keeps as numbers.
  private func typed(_ proto: Onnx_TensorProto, _ type: ONNXElementType) throws -> Data {
    func data<Number: FixedWidthInteger>(_ type: Number.Type) -> Data {
      proto.int32Data.map { Number(truncatingIfNeeded: $0) }.withUnsafeBytes { Data($0) }
    }
    return switch type {
    case .float32: proto.floatData.withUnsafeBytes { Data($0) }
    case .float64: proto.doubleData.withUnsafeBytes { Data($0) }
    case .int64: proto.int64Data.withUnsafeBytes { Data($0) }
    case .int32: proto.int32Data.withUnsafeBytes { Data($0) }
    case .int16, .float16, .bfloat16: data(UInt16.self)
    case .int8, .uint8, .bool: data(UInt8.self)
    }
  }

  private mutating func external(
    _ proto: Onnx_TensorProto
  ) throws -> (MappedFile, Range<Int>) {
    let facts = Dictionary(proto.externalData.map { ($0.key, $0.value) }) { $1 }
    guard let location = facts["location"], !location.isEmpty, !location.hasPrefix("/"),
      !location.split(separator: "/").contains("..")
    else {
      throw failure(
        "its weights are said to be in '\(facts["location"] ?? "")', which is no file beside it")
    }
    let mapped: MappedFile
    if let known = beside[location] {
      mapped = known
    } else {
      guard beside.count < 65_536 else { throw failure("its weights are in too many files") }
      mapped = try ONNXError.wrapping {
        try MappedFile(url.deletingLastPathComponent().appending(path: location))
      }
      beside[location] = mapped
    }
    let offset = facts["offset"].map { Int($0) ?? -1 } ?? 0
    guard offset >= 0, offset <= mapped.count else {
      throw failure("weights begin at \(facts["offset"] ?? ""), beyond the end of \(location)")
    }
    let length = facts["length"].map { Int($0) ?? -1 } ?? (mapped.count - offset)
    guard length >= 0, length <= mapped.count - offset else {
      throw failure("weights reach beyond the end of \(location), which is cut off or another file")
    }
    return (mapped, offset..<offset + length)
  }
}

extension ONNXValue {
  fileprivate init(_ proto: Onnx_ValueInfoProto) {
    let tensor = proto.type.tensorType
    let sizes: [Dimension]? =
      tensor.hasShape
      ? tensor.shape.dim.map { size in
        switch size.value {
        case .dimValue(let count): .fixed(Int(count))
        case .dimParam(let name) where !name.isEmpty: .named(name)
        default: .unknown
        }
      } : nil
    self.init(
      name: proto.name, elementType: ONNXElementType(rawValue: Int(tensor.elemType)), shape: sizes)
  }
}
