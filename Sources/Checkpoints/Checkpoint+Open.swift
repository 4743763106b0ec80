import Files
public import Foundation

extension Checkpoint {
  /// Opens a checkpoint, whatever container it is: a PyTorch `.pt` or `.bin` (the zip archive and
  /// the older form), a TorchScript archive, a safetensors file, or a folder with weights of one of
  /// these kinds, in one file or in shards.
  ///
  /// The content decides, not the extension. Nothing in the file is executed, and tensors stay in
  /// the file until they are asked for.
  /// - Parameter url: a file or folder.
  /// - Returns: the checkpoint, with the names of its own family.
  /// - Throws: ``CheckpointError``.
  public static func open(_ url: URL) throws -> Checkpoint {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue
    {
      return try CheckpointFolder(url).checkpoint()
    }
    let file = try CheckpointError.wrapping { try MappedFile(url) }
    let bytes = file.bytes
    guard !bytes.isEmpty else {
      throw CheckpointError.cannotOpen(path: url.path, reason: "it is empty")
    }
    if bytes.starts(with: [0x50, 0x4b, 0x03, 0x04]) {
      return try PyTorchArchive.open(file, url: url)
    }
    if LegacyPyTorchFile.matches(bytes) { return try LegacyPyTorchFile.open(file, url: url) }
    if SafetensorsFile.matches(bytes) { return try SafetensorsFile.open(file, url: url) }
    throw CheckpointError.unknownFormat(path: file.path, found: describe(bytes))
  }

  /// The first bytes, and what they usually are.
  private static func describe(_ bytes: UnsafeRawBufferPointer) -> String {
    let start = bytes.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    let guess =
      if bytes.starts(with: "<".utf8) {
        ", a web page, so the download went wrong"
      } else if bytes.starts(with: "version https://git-lfs".utf8) {
        ", a Git LFS pointer, so the download went wrong"
      } else if bytes.first == 0x80 {
        ", a pickle without tensors in PyTorch's layout"
      } else {
        ""
      }
    return "it begins with the bytes \(start.joined(separator: " "))\(guess)"
  }
}
