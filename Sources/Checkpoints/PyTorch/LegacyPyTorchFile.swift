import Files
import Foundation

/// Reads what `torch.save` wrote before PyTorch 1.6: a magic number, a version, facts about the
/// machine, the object and the list of storage keys, five pickles in a row, then the storages.
enum LegacyPyTorchFile {
  /// `0x1950a86a20f9469cfc6c`, least significant byte first.
  private static let magic: [UInt8] = [
    0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19,
  ]
  /// The start of the first pickle: protocol, LONG1, ten bytes.
  private static let start: [UInt8] = [0x8a, 0x0a] + magic

  /// Whether a file begins like one of these.
  static func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count > 2 && bytes[0] == 0x80 && bytes.dropFirst(2).starts(with: start)
  }

  static func open(_ file: MappedFile, url: URL) throws -> Checkpoint {
    let plain = PickleReader(source: file.path)
    let reader = PickleReader(source: file.path, allowedGlobals: .checkpoint)
    var offset = try plain.read(file.bytes, at: 0).end
    let version = try plain.read(file.bytes, at: offset)
    guard version.value == .integer(1001) else {
      throw CheckpointError.damaged(source: file.path, reason: "its legacy version is unknown")
    }
    let system = try plain.read(file.bytes, at: version.end)
    guard system.value["little_endian"] != .boolean(false) else {
      throw CheckpointError.bigEndian(source: file.path)
    }
    let root = try reader.read(file.bytes, at: system.end)
    let keys = try plain.read(file.bytes, at: root.end)
    offset = keys.end
    let sizes = try elementSizes(root.value, source: file.path)
    let storages = try locate(keys.value, elementSizes: sizes, file: file, offset: offset)
    let dictionary = try StateDictionary(root.value, source: file.path)
    var builder = TensorBuilder(file: file) { storages[$0] }
    return try Checkpoint(
      dictionary.records.map { ($0.name, try builder.tensor($0.record, name: $0.name)) },
      metadata: dictionary.metadata, format: .pyTorchLegacy, url: url,
      skippedEntries: dictionary.skippedEntries)
  }

  /// Walks over the storages, each with its number of elements before it.
  private static func locate(
    _ keys: PickleValue, elementSizes: [String: Int], file: MappedFile, offset: Int
  ) throws -> [String: Range<Int>] {
    var cursor = try ByteCursor(file.bytes, source: file.path, offset: offset)
    var ranges: [String: Range<Int>] = [:]
    for key in keys.elements ?? [] {
      guard let key = key.stringValue, let size = elementSizes[key] else {
        throw CheckpointError.damaged(source: file.path, reason: "a storage belongs to no tensor")
      }
      let count = try cursor.count(as: Int64.self)
      let start = cursor.offset
      let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
      _ = try cursor.take(overflow ? .max : bytes)
      guard ranges.updateValue(start..<cursor.offset, forKey: key) == nil else {
        throw CheckpointError.duplicateName(source: file.path, name: "storage \(key)")
      }
    }
    return ranges
  }

  /// The element size of every storage that the object mentions, its optimiser's too: the storages
  /// are laid out one after the other, so the skipped ones must be measured as well.
  private static func elementSizes(_ root: PickleValue, source: String) throws -> [String: Int] {
    var sizes: [String: Int] = [:]
    var pending = [root]
    while let value = pending.popLast() {
      switch value {
      case .list(let items), .tuple(let items), .set(let items):
        pending += items
      case .dictionary(let entries):
        pending += entries.map(\.value)
      case .object(let object):
        pending +=
          object.arguments + object.entries.map(\.value) + (object.state.map { [$0] } ?? [])
      case .persistent(let id):
        guard let fields = id.elements, fields.count >= 3, case .global(let type) = fields[1],
          let key = fields[2].stringValue
        else { throw CheckpointError.damaged(source: source, reason: "a storage has no record") }
        guard let elementType = ElementType(storageGlobal: type) else {
          throw CheckpointError.unsupportedElementType(
            source: source, tensor: "storage \(key)", type: type)
        }
        sizes[key] = elementType.byteCount
      case .none, .boolean, .integer, .bigInteger, .number, .string, .bytes, .global:
        continue
      }
    }
    return sizes
  }
}
