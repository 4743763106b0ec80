import Files
import Foundation

/// Reads safetensors files in place.
enum SafetensorsFile {
  /// Whether a file begins like one: a header length that fits, and a brace.
  static func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count > 8 && bytes[8] == UInt8(ascii: "{")
  }

  static func open(_ file: MappedFile, url: URL) throws -> Checkpoint {
    let (tensors, metadata) = try read(file)
    guard !tensors.isEmpty else { throw CheckpointError.noTensors(source: file.path) }
    return try Checkpoint(
      tensors, metadata: metadata, format: .safetensors, url: url, skippedEntries: [])
  }

  private static func read(
    _ file: MappedFile
  ) throws -> (
    tensors: [(name: String, tensor: CheckpointTensor)], metadata: [String: MetadataValue]
  ) {
    let header = try SafetensorsHeader(file.bytes, source: file.path)
    let tensors = try header.entries.map { entry in
      let start = header.dataStart
      let range = start + entry.range.lowerBound..<start + entry.range.upperBound
      let tensor = try CheckpointTensor(
        entry.elementType, shape: entry.shape, file: file, range: range)
      return (name: entry.name, tensor: tensor)
    }
    return (tensors, header.metadata.mapValues { .string($0) })
  }
}
