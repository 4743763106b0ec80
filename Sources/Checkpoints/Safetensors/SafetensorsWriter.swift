import Files
import Foundation

/// Writes safetensors files: the header, then the tensors in its order.
struct SafetensorsWriter {
  let checkpoint: Checkpoint

  func write(to url: URL) throws {
    let entries = ordered
    let file = try AtomicFile(url)
    try file.write(try header(entries))
    for (_, tensor) in entries {
      try tensor.withUnsafeBytes { try file.write($0) }
      tensor.discardPages()
    }
    try file.commit()
  }

  /// Larger elements first, so that every tensor is aligned to its element, then by name, as the
  /// reference implementation orders them.
  private var ordered: [(name: String, tensor: CheckpointTensor)] {
    checkpoint.entries.sorted {
      let sizes = ($0.tensor.elementType.byteCount, $1.tensor.elementType.byteCount)
      return sizes.0 != sizes.1 ? sizes.0 > sizes.1 : $0.name < $1.name
    }
  }

  private func header(_ entries: [(name: String, tensor: CheckpointTensor)]) throws -> [UInt8] {
    // `transformers` refuses a file that does not say which framework's layout it has.
    var facts = checkpoint.metadata.mapValues(\.description)
    facts["format"] = "pt"
    var fields = [
      "\"__metadata__\":{"
        + facts.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
        .joined(separator: ",") + "}"
    ]
    var offset = 0
    for (name, tensor) in entries {
      let (end, overflow) = offset.addingReportingOverflow(tensor.byteCount)
      guard !overflow else {
        throw CheckpointError.notConvertible(source: name, reason: "its model is too large")
      }
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      fields.append(
        "\(quoted(name)):{\"dtype\":\"\(tensor.elementType.safetensorsName)\","
          + "\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var text = Array("{\(fields.joined(separator: ","))}".utf8)
    text += Array(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    return [UInt8](littleEndian: UInt64(text.count)) + text
  }

  private func quoted(_ text: String) -> String { PythonJSON.string(text) }
}
