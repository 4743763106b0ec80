public import Foundation

/// The tensors of a checkpoint by name, and the facts beside them.
///
/// ```swift
/// let checkpoint = try Checkpoint.open(URL(fileURLWithPath: "clip_cn_vit-b-16.pt"))
/// print(checkpoint.format, checkpoint.parameterCount)
/// let scale = try checkpoint["logit_scale"]?.floats()
/// ```
public struct Checkpoint: Sendable {
  /// The names of the tensors, in the order of the file, without the parts that training wrappers
  /// put before them (`module.`) or into them (`_orig_mod.`).
  public let names: [String]
  /// Epoch, step, name and the like.
  public let metadata: [String: MetadataValue]
  /// The container that was read.
  public let format: CheckpointFormat
  /// What was opened, `nil` for a checkpoint made in memory.
  public let url: URL?
  /// Entries of the container that hold no weights and were not read, `optimizer` for one.
  public let skippedEntries: [String]
  private let tensors: [String: CheckpointTensor]

  /// Makes a checkpoint of tensors.
  /// - Throws: ``CheckpointError/duplicateName(source:name:)``.
  public init(
    _ tensors: [(name: String, tensor: CheckpointTensor)],
    metadata: [String: MetadataValue] = [:]
  ) throws {
    try self.init(tensors, metadata: metadata, format: .memory, url: nil, skippedEntries: [])
  }

  init(
    _ tensors: [(name: String, tensor: CheckpointTensor)], metadata: [String: MetadataValue],
    format: CheckpointFormat, url: URL?, skippedEntries: [String]
  ) throws {
    let source = url?.path ?? "the checkpoint"
    let strip = Self.wrapperPrefix(of: tensors.map(\.name))
    var names: [String] = []
    var byName: [String: CheckpointTensor] = [:]
    names.reserveCapacity(tensors.count)
    for (name, tensor) in tensors {
      let name = Self.unwrapped(String(name.dropFirst(strip)))
      guard byName.updateValue(tensor, forKey: name) == nil else {
        throw CheckpointError.duplicateName(source: source, name: name)
      }
      names.append(name)
    }
    self.names = names
    self.tensors = byName
    self.metadata = metadata
    self.format = format
    self.url = url
    self.skippedEntries = skippedEntries
  }

  /// The tensor of a name.
  public subscript(name: String) -> CheckpointTensor? { tensors[name] }

  /// Gives some tensors' pages of a mapped file back to the system; they are read again when
  /// touched.
  package func releaseMemory(of names: [String]) {
    for name in names { tensors[name]?.discardPages() }
  }

  /// The number of elements of all tensors.
  public var parameterCount: Int { names.reduce(0) { $0 + (tensors[$1]?.count ?? 0) } }

  /// The number of bytes of all tensors.
  public var byteCount: Int { names.reduce(0) { $0 + (tensors[$1]?.byteCount ?? 0) } }

  /// Tensors and names, in order.
  package var entries: [(name: String, tensor: CheckpointTensor)] {
    names.compactMap { name in tensors[name].map { (name, $0) } }
  }

  /// What to call the checkpoint in messages.
  package var source: String { url?.path ?? "the checkpoint" }

  /// A checkpoint from the same place with other tensors or facts.
  package func replacing(
    _ tensors: [(name: String, tensor: CheckpointTensor)],
    metadata: [String: MetadataValue]? = nil
  ) throws -> Checkpoint {
    try Checkpoint(
      tensors, metadata: metadata ?? self.metadata, format: format, url: url,
      skippedEntries: skippedEntries)
  }

  /// How many characters to drop from every name: the wrapper of data-parallel training
  /// (`module.`), also around a compiled model, when all names have it.
  private static func wrapperPrefix(of names: [String]) -> Int {
    var length = 0
    while !names.isEmpty {
      let prefixes = ["module.", "_orig_mod."]
      let found = prefixes.first { prefix in
        names.allSatisfy { $0.dropFirst(length).hasPrefix(prefix) }
      }
      guard let found else { break }
      length += found.count
    }
    return length
  }
}
