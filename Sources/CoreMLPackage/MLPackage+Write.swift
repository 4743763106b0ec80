import Files
package import Foundation
import SwiftProtobuf

extension MLPackage {
  /// Writes the manifest and the model beside weights that are there already.
  ///
  /// - Parameter folder: the package's; ``WeightFile`` has written its weights.
  /// - Throws: ``MLPackageError`` when a file cannot be written.
  package func write(to folder: URL) throws {
    let layout = Layout(folder)
    var options = BinaryEncodingOptions()
    // The same model gives the same file.
    options.useDeterministicOrdering = true
    let model: [UInt8] = try proto.serializedBytes(options: options)
    try MLPackageError.wrapping {
      for (url, bytes) in [(layout.model, model), (layout.manifest, try Self.manifest())] {
        let file = try AtomicFile(url, makesFolder: true)
        try file.write(bytes)
        try file.commit()
      }
    }
  }

  private static func manifest() throws -> [UInt8] {
    func entry(_ path: String, _ description: String) -> [String: String] {
      [
        "path": path, "name": (path as NSString).lastPathComponent, "author": "com.apple.CoreML",
        "description": description,
      ]
    }
    let (model, weights) = (UUID().uuidString, UUID().uuidString)
    let manifest = Manifest(
      fileFormatVersion: "1.0.0",
      itemInfoEntries: [
        model: entry(Layout.modelPath, "CoreML Model Specification"),
        weights: entry(Layout.weightsPath, "CoreML Model Weights"),
      ], rootModelIdentifier: model)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(manifest))
  }

  private var proto: CoreML_Model {
    var model = CoreML_Model()
    model.specificationVersion = Int32(specificationVersion)
    model.description_p.input = inputs.map(\.proto)
    model.description_p.output = outputs.map(\.proto)
    model.description_p.metadata.shortDescription = summary
    model.description_p.metadata.author = "swift-chinese-clip"
    model.description_p.metadata.userDefined = metadata
    var block = CoreML_Block()
    block.outputs = program.outputs
    block.operations = program.operations.map(\.proto)
    var function = CoreML_Function()
    function.inputs = program.inputs.map(\.proto)
    function.opset = program.opset
    function.blockSpecializations = [program.opset: block]
    model.mlProgram.version = 1
    model.mlProgram.functions = ["main": function]
    return model
  }
}

/// What lists the files of a package.
struct Manifest: Codable {
  let fileFormatVersion: String
  let itemInfoEntries: [String: [String: String]]
  let rootModelIdentifier: String
}

extension MLFeature {
  fileprivate var proto: CoreML_FeatureDescription {
    var feature = CoreML_FeatureDescription()
    feature.name = name
    feature.shortDescription = summary
    switch kind {
    case .image(let width, let height):
      feature.type.imageType.width = Int64(width)
      feature.type.imageType.height = Int64(height)
      feature.type.imageType.colorSpace = .rgb
    case .array(let element, let shapes):
      feature.type.multiArrayType.dataType = .init(element)
      feature.type.multiArrayType.shape = (shapes.first ?? []).map { Int64($0) }
      if shapes.count > 1 {
        feature.type.multiArrayType.enumeratedShapes.shapes = shapes.map { shape in
          var proto = CoreML_ArrayFeatureType.Shape()
          proto.shape = shape.map { Int64($0) }
          return proto
        }
      }
    }
    return feature
  }
}

extension CoreML_ArrayFeatureType.ArrayDataType {
  fileprivate init(_ element: MLProgram.Element) {
    self =
      switch element {
      case .float16: .float16
      case .float32: .float32
      case .int32: .int32
      case .int8: .int8
      case .bool, .string, .uint8: .invalidArrayDataType
      }
  }
}

extension MLProgram.Operation {
  fileprivate var proto: CoreML_Operation {
    var operation = CoreML_Operation()
    operation.type = type
    operation.outputs = outputs.map(\.proto)
    operation.attributes = attributes.mapValues(\.proto)
    operation.inputs = inputs.mapValues { names in
      var argument = CoreML_Argument()
      argument.arguments = names.map { name in
        var binding = CoreML_Argument.Binding()
        binding.name = name
        return binding
      }
      return argument
    }
    return operation
  }
}

extension MLProgram.Result {
  fileprivate var proto: CoreML_NamedValueType {
    var result = CoreML_NamedValueType()
    result.name = name
    result.type.tensorType = type.proto
    return result
  }
}

extension MLProgram.TensorType {
  fileprivate var proto: CoreML_TensorType {
    var type = CoreML_TensorType()
    type.dataType = CoreML_DataType(rawValue: element.rawValue) ?? .unusedType
    type.rank = Int64(shape.count)
    type.dimensions = shape.map { size in
      var dimension = CoreML_Dimension()
      if let size {
        dimension.constant.size = UInt64(size)
      } else {
        dimension.unknown.variadic = false
      }
      return dimension
    }
    return type
  }
}

extension MLProgram.Value {
  fileprivate var proto: CoreML_Value {
    var value = CoreML_Value()
    value.type.tensorType = type.proto
    switch content {
    case .floats(let numbers): value.immediateValue.tensor.floats.values = numbers
    case .integers(let numbers): value.immediateValue.tensor.ints.values = numbers
    case .bools(let flags): value.immediateValue.tensor.bools.values = flags
    case .strings(let texts): value.immediateValue.tensor.strings.values = texts
    case .bytes(let bytes): value.immediateValue.tensor.bytes.values = Data(bytes)
    case .weights(let offset):
      value.blobFileValue.fileName = MLPackage.weightName
      value.blobFileValue.offset = offset
    }
    return value
  }
}
