import Files
import Foundation
import ONNX
import ONNXTorch

/// What `cnclip inspect` shows of an ONNX file.
struct ONNXContents: Encodable {
  let name: String
  let producer: String
  let opset: Int
  let irVersion: Int
  let inputs: [String]
  let outputs: [String]
  let metadata: [String: String]
  /// How often each operation stands in the graph.
  let operations: [String: Int]
  /// Operations that cannot be run here.
  let unknownOperations: [String]
  /// Numbers of the weights by their type.
  let weights: [String: Int]
  let weightBytes: Int

  init(_ url: URL) throws {
    let model = try ONNXModel(contentsOf: url)
    name = model.name
    producer = "\(model.producer) \(model.producerVersion)"
    opset = model.opset
    irVersion = model.irVersion
    inputs = model.inputs.map(\.description)
    outputs = model.outputs.map(\.description)
    metadata = model.metadata
    operations = Dictionary(
      model.nodes.map { ($0.domain.isEmpty ? $0.operation : "\($0.domain).\($0.operation)", 1) },
      uniquingKeysWith: +)
    unknownOperations = Set(operations.keys).subtracting(ONNXSession.operators).sorted()
    weights = Dictionary(
      model.initializers.map {
        ($0.elementType.description, $0.byteCount / $0.elementType.byteCount)
      }, uniquingKeysWith: +)
    weightBytes = model.initializers.reduce(0) { $0 + $1.byteCount }
  }

  var text: String {
    func list(_ counts: [String: Int]) -> String {
      counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
    var lines = [("graph", name), ("made by", producer)]
    lines.append(("operators", "version \(opset), file format \(irVersion)"))
    lines += inputs.map { ("input", $0) } + outputs.map { ("output", $0) }
    lines.append(("operations", list(operations)))
    if !unknownOperations.isEmpty {
      lines.append(("not run here", unknownOperations.joined(separator: ", ")))
    }
    lines.append(("numbers", list(weights)))
    lines.append(("weights", String(format: "%.1f MB", Double(weightBytes) / 1e6)))
    lines += metadata.sorted { $0.key < $1.key }
    return lines.map { name, value in
      let name = name.showingControls
      return name.padding(toLength: max(14, name.count + 2), withPad: " ", startingAt: 0)
        + value.showingControls
    }.joined(separator: "\n")
  }
}
