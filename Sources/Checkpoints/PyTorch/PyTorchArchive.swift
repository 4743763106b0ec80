import Files
import Foundation

/// Reads what `torch.save` writes since PyTorch 1.6, and TorchScript archives: a zip file with
/// `NAME/data.pkl` and one entry per storage, `NAME/data/0` and so on.
enum PyTorchArchive {
  static func open(_ file: MappedFile, url: URL) throws -> Checkpoint {
    let archive = try ZipArchive(file)
    let suffix = "/data.pkl"
    let roots = archive.entries.map(\.name).filter { $0.hasSuffix(suffix) }
    guard roots.count == 1, let pickleName = roots.first,
      let pickle = try archive.bytes(of: pickleName)
    else {
      throw CheckpointError.unknownFormat(
        path: file.path, found: "a zip archive with \(roots.count) entries named data.pkl")
    }
    let folder = pickleName.dropLast(suffix.count)
    try checkByteOrder(archive, folder: folder)
    let isTorchScript = archive.entries.contains { $0.name.hasPrefix("\(folder)/code/") }
    let reader = PickleReader(
      source: file.path, allowedGlobals: isTorchScript ? .torchScript : .checkpoint)
    let dictionary = try StateDictionary(try reader.read(pickle), source: file.path)
    var builder = TensorBuilder(file: file) { try archive.range(of: "\(folder)/data/\($0)") }
    return try Checkpoint(
      dictionary.records.map { ($0.name, try builder.tensor($0.record, name: $0.name)) },
      metadata: dictionary.metadata, format: isTorchScript ? .torchScript : .pyTorchArchive,
      url: url, skippedEntries: dictionary.skippedEntries)
  }

  private static func checkByteOrder(_ archive: ZipArchive, folder: Substring) throws {
    guard let order = try archive.bytes(of: "\(folder)/byteorder") else { return }
    guard order.elementsEqual("little".utf8) else {
      throw CheckpointError.bigEndian(source: archive.file.path)
    }
  }
}
