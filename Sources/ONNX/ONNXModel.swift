/// A computation as ONNX describes it: operations in order, and the tensors that they start from.
///
/// ```swift
/// let model = try ONNXModel(contentsOf: URL(filePath: "ViT-B-16.img.fp32.onnx"))
/// print(model.inputs.map(\.name), model.nodes.count)
/// ```
///
/// Source: onnx/docs/IR.md and onnx/onnx.proto. Subgraphs, functions, sparse tensors and training are
/// not kept.
public struct ONNXModel: Sendable {
  /// The version of the standard operators, 18 for example.
  public var opset: Int
  /// Versions of other operator sets by their domain.
  public var otherOpsets: [String: Int]
  /// The version of the file format.
  public var irVersion: Int
  /// The graph's name, not empty.
  public var name: String
  /// The program that made it.
  public var producer: String
  /// That program's version.
  public var producerVersion: String
  /// Facts for people and programs.
  public var metadata: [String: String]
  /// The operations, each after those whose results it takes.
  public var nodes: [ONNXNode]
  /// Constant tensors.
  public var initializers: [ONNXTensor]
  /// What the computation gets; initializers that old files list here too are left out.
  public var inputs: [ONNXValue]
  /// What it gives.
  public var outputs: [ONNXValue]

  /// An empty model.
  ///
  /// - Parameters:
  ///   - name: the graph's.
  ///   - opset: the version of the standard operators.
  ///   - producer: the program that makes it.
  public init(name: String, opset: Int, producer: String = "swift-chinese-clip") {
    self.name = name
    self.opset = opset
    self.producer = producer
    otherOpsets = [:]
    irVersion = Self.irVersion(forOpset: opset)
    producerVersion = ""
    metadata = [:]
    nodes = []
    initializers = []
    inputs = []
    outputs = []
  }

  /// The file format that was current when an operator set came out.
  ///
  /// Source: onnx/docs/Versioning.md.
  static func irVersion(forOpset opset: Int) -> Int {
    switch opset {
    case ..<15: 7
    case 15...18: 8
    case 19...20: 9
    case 21...22: 10
    case 23: 11
    case 24: 12
    case 25...27: 13
    default: 14
    }
  }
}

/// One operation.
public struct ONNXNode: Sendable {
  /// The operator, `MatMul` for example.
  public var operation: String
  /// Its operator set; empty for the standard one.
  public var domain: String
  /// For messages; may be empty.
  public var name: String
  /// Names of what it takes; an empty one stands for an optional input that is absent.
  public var inputs: [String]
  /// Names of what it gives.
  public var outputs: [String]
  /// Its settings, by name.
  public var attributes: [String: ONNXAttribute]

  /// Joins the parts.
  public init(
    _ operation: String, name: String = "", inputs: [String], outputs: [String],
    attributes: [String: ONNXAttribute] = [:], domain: String = ""
  ) {
    self.operation = operation
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    self.attributes = attributes
    self.domain = domain
  }
}

/// A setting of an operation.
public enum ONNXAttribute: Sendable {
  case integer(Int)
  case integers([Int])
  case number(Float)
  case numbers([Float])
  case text(String)
  case texts([String])
  case tensor(ONNXTensor)
  /// One that this package does not read, as a subgraph.
  case unread(kind: String)
}

/// What the computation gets or gives.
public struct ONNXValue: Sendable, Equatable {
  /// The size of an axis.
  public enum Dimension: Sendable, Equatable {
    case fixed(Int)
    /// Of any size, the same wherever the name stands.
    case named(String)
    case unknown
  }

  /// The name that nodes use.
  public var name: String
  /// nil for what is no tensor, or of a type that this package does not read.
  public var elementType: ONNXElementType?
  /// The sizes of the axes; nil where the file does not say.
  public var shape: [Dimension]?

  /// Joins the parts.
  public init(name: String, elementType: ONNXElementType?, shape: [Dimension]?) {
    self.name = name
    self.elementType = elementType
    self.shape = shape
  }
}

extension ONNXValue: CustomStringConvertible {
  /// As `image float [batch, 3, 224, 224]`.
  public var description: String {
    let sizes = shape.map { $0.map(\.description).joined(separator: ", ") } ?? "…"
    return "\(name) \(elementType?.description ?? "?") [\(sizes)]"
  }
}

extension ONNXValue.Dimension: CustomStringConvertible {
  /// The size or its name; `?` where there is neither.
  public var description: String {
    switch self {
    case .fixed(let size): String(size)
    case .named(let name): name
    case .unknown: "?"
    }
  }
}
