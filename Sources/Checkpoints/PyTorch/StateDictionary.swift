/// The tensors and facts that a PyTorch pickle holds.
struct StateDictionary {
  /// Names and records, in the order of the file.
  private(set) var records: [(name: String, record: TensorRecord)] = []
  /// Numbers, texts and truth values beside the tensors.
  private(set) var metadata: [String: MetadataValue] = [:]
  /// Entries beside the state dictionary that are neither.
  private(set) var skippedEntries: [String] = []
  private let source: String

  /// Keys under which training scripts put the state dictionary, likeliest first.
  private static let wrappers = ["state_dict", "model", "model_state_dict"]

  /// Finds the state dictionary in the root of a pickle.
  init(_ root: PickleValue, source: String) throws {
    self.source = source
    if case .object(let object) = root, object.name.hasPrefix("__torch__.") {
      try collectModule(object, prefix: "")
    } else {
      try collect(root, nesting: 0)
    }
    guard !records.isEmpty else { throw CheckpointError.noTensors(source: source) }
  }

  private mutating func collect(_ value: PickleValue, nesting: Int) throws {
    guard let entries = value.entries else { throw CheckpointError.noTensors(source: source) }
    let inner = Self.wrappers.first { value[$0]?.entries != nil }
    for entry in entries {
      // Optimiser states have numbers for keys; weights have names.
      guard let name = entry.key.stringValue else { continue }
      if name == inner { continue }
      if inner == nil, let record = try TensorRecord(entry.value, name: name, source: source) {
        records.append((name, record))
      } else if let fact = MetadataValue(entry.value) {
        metadata[name] = fact
      } else {
        skippedEntries.append(name)
      }
    }
    guard let inner, nesting < 4, let value = value[inner] else { return }
    try collect(value, nesting: nesting + 1)
  }

  /// Collects the tensors of a TorchScript module: its state is a dictionary of attributes, and
  /// modules inside it are attributes too.
  private mutating func collectModule(_ module: PickleObject, prefix: String) throws {
    for entry in module.state?.entries ?? [] {
      guard let attribute = entry.key.stringValue else { continue }
      let name = prefix + attribute
      if let record = try TensorRecord(entry.value, name: name, source: source) {
        records.append((name, record))
      } else if case .object(let child) = entry.value, child.name.hasPrefix("__torch__.") {
        try collectModule(child, prefix: name + ".")
      } else if prefix.isEmpty, let fact = MetadataValue(entry.value) {
        metadata[name] = fact
      }
    }
  }
}
