import Files
public import Foundation
import SwiftProtobuf

extension ONNXModel {
  /// Where the elements of large tensors go.
  public enum WeightPlacement: Sendable {
    /// Into the model's file while that stays below 1 GiB, beside it otherwise.
    case automatic
    /// Into a file of their own, `NAME.onnx.data` beside `NAME.onnx`, which programs can map.
    case beside
  }

  /// Tensors of fewer bytes always stay in the model's file, as the format recommends.
  private static let smallestBeside = 1024
  /// A protocol buffer may not have 2 GiB; half of that leaves room, and most readers copy it.
  private static let largestInside = 1 << 30

  /// Writes the model; a file of that name is replaced at the end, and never left half-written.
  ///
  /// Elements are written one tensor after another and never copied into one message.
  ///
  /// - Parameters:
  ///   - url: the model's file.
  ///   - weights: where large tensors go.
  /// - Throws: ``ONNXError`` when a file cannot be written, and what tensors throw that are worked
  ///   out.
  public func write(to url: URL, weights: WeightPlacement = .automatic) throws {
    try ONNXError.wrapping {
      let total = initializers.reduce(0) { $0 + $1.byteCount }
      let file = try AtomicFile(url)
      if weights == .beside || total > Self.largestInside {
        let beside = url.appendingPathExtension("data")
        let data = try AtomicFile(beside)
        let protos = try initializers.map { tensor in
          tensor.byteCount < Self.smallestBeside
            ? try tensor.proto() : try tensor.written(to: data, named: beside.lastPathComponent)
        }
        try write(protos.map { (try $0.serializedBytes(), nil) }, to: file)
        try data.commit()
      } else {
        try write(initializers.map { (try $0.header().serializedBytes(), $0) }, to: file)
      }
      try file.commit()
    }
  }

  /// The message's fields one after another; the graph's length stands before its content.
  private func write(_ tensors: [(header: [UInt8], rest: ONNXTensor?)], to file: AtomicFile) throws
  {
    var model = Onnx_ModelProto()
    model.irVersion = Int64(irVersion)
    model.producerName = producer
    model.producerVersion = producerVersion
    model.opsetImport = ([("", opset)] + otherOpsets.sorted { $0.key < $1.key }).map { entry in
      var set = Onnx_OperatorSetIdProto()
      set.domain = entry.0
      set.version = Int64(entry.1)
      return set
    }
    model.metadataProps = metadata.sorted { $0.key < $1.key }.map {
      .with($0.key, $0.value)
    }
    var graph = Onnx_GraphProto()
    graph.name = name
    graph.node = try nodes.map { try $0.proto() }
    graph.input = inputs.map { $0.proto() }
    graph.output = outputs.map { $0.proto() }
    let structure: [UInt8] = try graph.serializedBytes()
    let entries = tensors.map { header, rest in
      let raw = rest.map { WireFormat.tag(9) + WireFormat.varint(UInt64($0.byteCount)) } ?? []
      let length = header.count + raw.count + (rest?.byteCount ?? 0)
      return (
        WireFormat.tag(5) + WireFormat.varint(UInt64(length)) + header + raw, rest: rest
      )
    }
    let length = entries.reduce(structure.count) { $0 + $1.0.count + ($1.rest?.byteCount ?? 0) }
    try file.write(model.serializedBytes() as [UInt8])
    try file.write(WireFormat.tag(7) + WireFormat.varint(UInt64(length)) + structure)
    for (bytes, rest) in entries {
      try file.write(bytes)
      try rest?.withBytes { try file.write($0) }
    }
  }
}

extension ONNXTensor {
  /// All but the elements.
  fileprivate func header() -> Onnx_TensorProto {
    var proto = Onnx_TensorProto()
    proto.name = name
    proto.dims = shape.map { Int64($0) }
    proto.dataType = Int32(elementType.rawValue)
    return proto
  }

  fileprivate func proto() throws -> Onnx_TensorProto {
    var proto = header()
    try withBytes { proto.rawData = Data($0) }
    return proto
  }

  /// Appends the elements to a file of weights; those of many pages begin a page, to be mapped.
  fileprivate func written(to file: AtomicFile, named name: String) throws -> Onnx_TensorProto {
    let alignment = byteCount >= 1 << 16 ? 4096 : 64
    let gap = (alignment - file.offset % alignment) % alignment
    try file.write([UInt8](repeating: 0, count: gap))
    var proto = header()
    proto.dataLocation = .external
    proto.externalData = [
      .with("location", name), .with("offset", String(file.offset)),
      .with("length", String(byteCount)),
    ]
    try withBytes { try file.write($0) }
    return proto
  }
}

extension Onnx_StringStringEntryProto {
  fileprivate static func with(_ key: String, _ value: String) -> Self {
    var entry = Self()
    entry.key = key
    entry.value = value
    return entry
  }
}

extension ONNXNode {
  fileprivate func proto() throws -> Onnx_NodeProto {
    var proto = Onnx_NodeProto()
    proto.opType = operation
    if !domain.isEmpty { proto.domain = domain }
    proto.name = name
    proto.input = inputs
    proto.output = outputs
    proto.attribute = try attributes.sorted { $0.key < $1.key }.map { name, value in
      try value.proto(name)
    }
    return proto
  }
}

extension ONNXAttribute {
  fileprivate func proto(_ name: String) throws -> Onnx_AttributeProto {
    var proto = Onnx_AttributeProto()
    proto.name = name
    switch self {
    case .integer(let value): (proto.type, proto.i) = (.int, Int64(value))
    case .integers(let values): (proto.type, proto.ints) = (.ints, values.map { Int64($0) })
    case .number(let value): (proto.type, proto.f) = (.float, value)
    case .numbers(let values): (proto.type, proto.floats) = (.floats, values)
    case .text(let text): (proto.type, proto.s) = (.string, Data(text.utf8))
    case .texts(let texts): (proto.type, proto.strings) = (.strings, texts.map { Data($0.utf8) })
    case .tensor(let tensor): (proto.type, proto.t) = (.tensor, try tensor.proto())
    case .unread(let kind):
      throw ONNXError.model(
        file: name, problem: "an attribute of the kind \(kind) cannot be written")
    }
    return proto
  }
}

extension ONNXValue {
  fileprivate func proto() -> Onnx_ValueInfoProto {
    var proto = Onnx_ValueInfoProto()
    proto.name = name
    if let elementType { proto.type.tensorType.elemType = Int32(elementType.rawValue) }
    guard let shape else { return proto }
    proto.type.tensorType.shape.dim = shape.map { dimension in
      var size = Onnx_TensorShapeProto.Dimension()
      switch dimension {
      case .fixed(let count): size.dimValue = Int64(count)
      case .named(let name): size.dimParam = name
      case .unknown: break
      }
      return size
    }
    return proto
  }
}
