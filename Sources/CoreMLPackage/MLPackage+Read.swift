import Files
public import Foundation
import SwiftProtobuf

extension MLPackage {
  /// A description and a program without weights are small.
  private static let maximumModelSize = 64 << 20

  /// Reads a package; of its weights only where they lie.
  ///
  /// - Parameter folder: `NAME.mlpackage`.
  /// - Throws: ``MLPackageError`` for what is no package, or none with one plain ML Program.
  public init(contentsOf folder: URL) throws {
    func failure(_ problem: String) -> MLPackageError {
      .package(path: folder.lastPathComponent, problem: problem)
    }
    let layout = Layout(folder)
    let text = try MLPackageError.wrapping {
      try TextFile(layout.manifest, maximumSize: TextFile.maximumDocument).json
    }
    guard let manifest = try? JSONDecoder().decode(Manifest.self, from: text),
      let root = manifest.itemInfoEntries[manifest.rootModelIdentifier]?["path"]
    else { throw failure("its Manifest.json names no root model") }
    guard root == Layout.modelPath else { throw failure("its root model is '\(root)'") }
    let file = try MLPackageError.wrapping { try MappedFile(layout.model) }
    guard file.count <= Self.maximumModelSize else {
      throw failure("its model has more than \(Self.maximumModelSize >> 20) MiB without weights")
    }
    let model: CoreML_Model
    do {
      model = try CoreML_Model(serializedBytes: Array(file.contents()))
    } catch {
      throw failure("its model is damaged")
    }
    guard let function = model.mlProgram.functions["main"],
      let block = function.blockSpecializations[function.opset]
    else { throw failure("it holds no ML Program with a function 'main'") }
    specificationVersion = Int(model.specificationVersion)
    summary = model.description_p.metadata.shortDescription
    metadata = model.description_p.metadata.userDefined
    do {
      inputs = try model.description_p.input.map { try MLFeature($0) }
      outputs = try model.description_p.output.map { try MLFeature($0) }
      program = MLProgram(opset: function.opset)
      program.inputs = try function.inputs.map { try MLProgram.Result($0) }
      program.outputs = block.outputs
      program.operations = try block.operations.map { try MLProgram.Operation($0) }
    } catch let problem as Unreadable {
      throw failure(problem.sentence)
    }
  }
}

/// What a program holds and this reader has no words for.
private struct Unreadable: Error { let sentence: String }

extension MLFeature {
  fileprivate init(_ proto: CoreML_FeatureDescription) throws {
    name = proto.name
    summary = proto.shortDescription
    switch proto.type.type {
    case .imageType(let image): kind = .image(width: Int(image.width), height: Int(image.height))
    case .multiArrayType(let array):
      let elements: [CoreML_ArrayFeatureType.ArrayDataType: MLProgram.Element] = [
        .float16: .float16, .float32: .float32, .int32: .int32, .int8: .int8,
      ]
      guard let element = elements[array.dataType] else {
        throw Unreadable(sentence: "'\(proto.name)' is of a type that is not read")
      }
      let usual = array.shape.map { Int($0) }
      let others = array.enumeratedShapes.shapes.map { $0.shape.map { Int($0) } }
      kind = .array(element, shapes: others.isEmpty ? (usual.isEmpty ? [] : [usual]) : others)
    case nil: throw Unreadable(sentence: "'\(proto.name)' is neither a tensor nor a picture")
    }
  }
}

extension MLProgram.Operation {
  fileprivate init(_ proto: CoreML_Operation) throws {
    self.init(proto.type, outputs: try proto.outputs.map { try MLProgram.Result($0) })
    inputs = try proto.inputs.mapValues { argument in
      try argument.arguments.map { binding in
        guard case .name(let name)? = binding.binding else {
          throw Unreadable(sentence: "'\(proto.type)' takes a constant without a name")
        }
        return name
      }
    }
    attributes = try proto.attributes.mapValues { try MLProgram.Value($0) }
  }
}

extension MLProgram.Result {
  fileprivate init(_ proto: CoreML_NamedValueType) throws {
    self.init(proto.name, try MLProgram.TensorType(proto.type, of: proto.name))
  }
}

extension MLProgram.TensorType {
  private static let maximumRank = 8

  fileprivate init(_ proto: CoreML_ValueType, of name: String) throws {
    guard case .tensorType(let type)? = proto.type,
      let element = MLProgram.Element(rawValue: type.dataType.rawValue),
      type.rank == type.dimensions.count, type.dimensions.count <= Self.maximumRank
    else { throw Unreadable(sentence: "'\(name)' is of a type that is not read") }
    self.init(
      element,
      try type.dimensions.map { dimension in
        guard case .constant(let size)? = dimension.dimension else { return nil }
        guard size.size <= UInt64(Int32.max) else {
          throw Unreadable(sentence: "'\(name)' has an axis of \(size.size) elements")
        }
        return Int(size.size)
      })
  }
}

extension MLProgram.Value {
  fileprivate init(_ proto: CoreML_Value) throws {
    let type = try MLProgram.TensorType(proto.type, of: "a constant")
    switch proto.value {
    case .blobFileValue(let place):
      guard place.fileName == MLPackage.weightName else {
        throw Unreadable(sentence: "a constant lies in '\(place.fileName)'")
      }
      self.init(type, .weights(offset: place.offset))
    case .immediateValue(let value):
      guard case .tensor(let tensor)? = value.value else {
        throw Unreadable(sentence: "a constant is no tensor")
      }
      switch tensor.value {
      case .floats(let numbers): self.init(type, .floats(numbers.values))
      case .ints(let numbers): self.init(type, .integers(numbers.values))
      case .bools(let flags): self.init(type, .bools(flags.values))
      case .strings(let texts): self.init(type, .strings(texts.values))
      case .bytes(let bytes): self.init(type, .bytes(Array(bytes.values)))
      case nil: throw Unreadable(sentence: "a constant has no elements")
      }
    case nil: throw Unreadable(sentence: "a constant has no value")
    }
  }
}
