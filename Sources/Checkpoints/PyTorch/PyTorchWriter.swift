import Files
import Foundation

/// How the object in a written `.pt` is built.
public enum PyTorchLayout: Sendable {
  /// As Chinese-CLIP's training saves it: `epoch`, `step`, `name` and `state_dict`, whose names
  /// begin with `module.`; its loader, its evaluation scripts and its `--resume` all take that.
  case chineseCLIP
  /// The bare state dictionary, as `pytorch_model.bin` and most other programs have it.
  case stateDictionary
}

/// Writes what `torch.load(weights_only=True)` reads: a zip archive of stored, aligned entries.
struct PyTorchWriter {
  let checkpoint: Checkpoint
  let layout: PyTorchLayout
  /// Where the 64-bit form of the archive begins.
  var threshold = Int(UInt32.max)

  func write(to url: URL) throws {
    let file = try AtomicFile(url)
    var archive = ZipWriter(file, threshold: threshold)
    try archive.add("archive/data.pkl", pickle())
    try archive.add("archive/.format_version", Array("1".utf8))
    try archive.add("archive/.storage_alignment", Array("64".utf8))
    try archive.add("archive/byteorder", Array("little".utf8))
    for (index, entry) in checkpoint.entries.enumerated() {
      try archive.add("archive/data/\(index)", size: entry.tensor.byteCount) { write in
        try entry.tensor.withUnsafeBytes(write)
      }
      entry.tensor.discardPages()
    }
    try archive.add("archive/version", Array("3\n".utf8))
    try archive.finish()
    try file.commit()
  }

  private func pickle() -> [UInt8] {
    var writer = PickleWriter()
    switch layout {
    case .stateDictionary:
      writeStateDictionary(to: &writer, prefix: "")
    case .chineseCLIP:
      writer.write(.emptyDictionary)
      writer.write(.mark)
      for (key, value) in facts {
        writer.write(key)
        writer.write(value)
      }
      writer.write("state_dict")
      writeStateDictionary(to: &writer, prefix: "module.")
      writer.write(.setItems)
    }
    return writer.finish()
  }

  /// The facts to write; the three that the original demands are always there, and those that it
  /// computes with are numbers.
  private var facts: [(String, MetadataValue)] {
    var facts = checkpoint.metadata
    facts["epoch"] = .integer(facts["epoch"]?.integerValue ?? 0)
    facts["step"] = .integer(facts["step"]?.integerValue ?? 0)
    facts["name"] = facts["name"] ?? .string("swift-chinese-clip")
    facts["state_dict"] = nil
    facts["format"] = nil
    return facts.sorted { $0.key < $1.key }
  }

  private func writeStateDictionary(to writer: inout PickleWriter, prefix: String) {
    writer.writeOrderedDictionary()
    writer.write(.mark)
    for (index, entry) in checkpoint.entries.enumerated() {
      writer.write(prefix + entry.name)
      writer.write(entry.tensor, storage: "\(index)")
    }
    writer.write(.setItems)
  }
}
