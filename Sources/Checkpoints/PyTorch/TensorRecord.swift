/// What a PyTorch pickle says about one tensor: a view into a storage.
struct TensorRecord {
  let storageKey: String
  let elementType: ElementType
  /// Elements in the storage.
  let storageCount: Int
  /// Elements before the view.
  let offset: Int
  let shape: [Int]
  let strides: [Int]

  /// Recognises a tensor or parameter; `nil` for any other value.
  /// - Throws: ``CheckpointError`` for a tensor that is not understood or lies outside its storage.
  init?(_ value: PickleValue, name: String, source: String) throws {
    guard case .object(let object) = value else { return nil }
    switch object.name {
    case "torch._utils._rebuild_parameter":
      guard let inner = object.arguments.first else { return nil }
      try self.init(inner, name: name, source: source)
    case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2":
      try self.init(arguments: object.arguments, name: name, source: source)
    default:
      return nil
    }
  }

  private init(arguments: [PickleValue], name: String, source: String) throws {
    let damage = CheckpointError.damaged(
      source: source, reason: "the record of the tensor \(name) is not understood")
    guard arguments.count >= 4, case .persistent(let id) = arguments[0],
      let fields = id.elements, fields.count >= 5, fields[0] == .string("storage"),
      case .global(let storage) = fields[1], let key = fields[2].stringValue,
      let storageCount = fields[4].length, let offset = arguments[1].length,
      let shape = arguments[2].lengths, let strides = arguments[3].lengths
    else { throw damage }
    guard let elementType = ElementType(storageGlobal: storage) else {
      throw CheckpointError.unsupportedElementType(source: source, tensor: name, type: storage)
    }
    if fields.count > 5, fields[5] != .none {
      throw CheckpointError.damaged(
        source: source, reason: "\(name) is a storage view from before PyTorch 0.4, save it anew")
    }
    self.storageKey = key
    self.elementType = elementType
    self.storageCount = storageCount
    self.offset = offset
    self.shape = shape
    self.strides = strides
    guard shape.count == strides.count, shape.count <= 16, isInsideStorage else { throw damage }
  }

  /// Bytes of the whole storage; `nil` when absurd.
  var storageByteCount: Int? { [storageCount].byteCount(of: elementType) }

  /// Whether the elements follow each other without gaps, row by row.
  var isContiguous: Bool {
    var expected = 1
    for (length, stride) in zip(shape, strides).reversed() where length != 1 {
      guard stride == expected else { return false }
      expected *= length
    }
    return true
  }

  private var isInsideStorage: Bool {
    guard storageByteCount != nil, shape.byteCount(of: elementType) != nil else { return false }
    guard !shape.contains(0) else { return offset <= storageCount }
    var last = offset
    for (length, stride) in zip(shape, strides) {
      let (span, overflow) = (length - 1).multipliedReportingOverflow(by: stride)
      let (sum, overflow2) = last.addingReportingOverflow(span)
      guard !overflow, !overflow2 else { return false }
      last = sum
    }
    return last < storageCount
  }
}

extension PickleValue {
  /// A whole number that can be a length.
  fileprivate var length: Int? {
    integerValue.flatMap { $0 >= 0 ? Int(exactly: $0) : nil }
  }

  /// Lengths in a tuple, list or `torch.Size`.
  fileprivate var lengths: [Int]? {
    var items = elements
    if case .object(let object) = self, object.name == "torch.Size" {
      items = object.arguments.first?.elements
    }
    guard let items else { return nil }
    let lengths = items.compactMap(\.length)
    return lengths.count == items.count ? lengths : nil
  }
}
