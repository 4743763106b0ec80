import Files

/// The header of a safetensors file: a JSON object of tensors and their ranges.
struct SafetensorsHeader {
  /// One tensor; the range counts from the end of the header.
  struct Entry {
    let name: String
    let elementType: ElementType
    let shape: [Int]
    let range: Range<Int>
  }

  /// The tensors, in the order of the header.
  private(set) var entries: [Entry] = []
  /// The texts, numbers and truth values under `__metadata__`, as they stand there.
  private(set) var metadata: [String: String] = [:]
  /// Where the tensors' bytes begin in the file.
  let dataStart: Int

  /// The format's own limit on the header's length in bytes.
  private static let maximumLength = 100_000_000

  /// Reads the header and holds every number in it against the file.
  init(_ bytes: UnsafeRawBufferPointer, source: String) throws {
    var cursor = try ByteCursor(bytes, source: source)
    let length = try cursor.count(as: UInt64.self)
    guard length <= Self.maximumLength else {
      throw CheckpointError.limitExceeded(
        source: source, what: "the length of its header", found: length,
        allowed: Self.maximumLength)
    }
    let header = try cursor.take(length)
    dataStart = cursor.offset
    do {
      try scan(header, source: source)
    } catch let problem as JSONProblem {
      throw CheckpointError.damaged(
        source: source,
        reason: "\(problem.message) (header, near byte \(problem.column + 7))")
    }
    try checkRanges(dataCount: bytes.count - dataStart, source: source)
  }

  private mutating func scan(_ header: UnsafeRawBufferPointer, source: String) throws {
    var scanner = JSONScanner(header)
    var names: Set<String> = []
    try scanner.object { key, scanner in
      guard names.insert(key).inserted else {
        throw CheckpointError.duplicateName(source: source, name: key)
      }
      if key == "__metadata__" {
        try scanner.object { key, scanner in metadata[key] = try scanner.fact() }
      } else {
        entries.append(try Self.entry(key, &scanner, source: source))
      }
    }
    try scanner.end()
  }

  private static func entry(
    _ name: String, _ scanner: inout JSONScanner, source: String
  ) throws -> Entry {
    var type: String?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.object { key, scanner in
      switch key {
      case "dtype" where type == nil: type = try scanner.string()
      case "shape" where shape == nil: shape = try scanner.counts()
      case "data_offsets" where offsets == nil: offsets = try scanner.counts()
      default: throw scanner.problem("\(name) has the unknown or repeated key \(key)")
      }
    }
    guard let type, let shape, shape.count <= 16, let offsets, offsets.count == 2,
      offsets[0] <= offsets[1]
    else { throw scanner.problem("\(name) lacks dtype, shape or data_offsets") }
    guard let elementType = ElementType(safetensorsName: type) else {
      throw CheckpointError.unsupportedElementType(
        source: source, tensor: name, type: type)
    }
    guard shape.byteCount(of: elementType) == offsets[1] - offsets[0] else {
      throw scanner.problem("\(name) of shape \(shape) does not fill bytes \(offsets)")
    }
    return Entry(
      name: name, elementType: elementType, shape: shape, range: offsets[0]..<offsets[1])
  }

  /// The format leaves no gap and no overlap, and nothing after the last tensor.
  private func checkRanges(dataCount: Int, source: String) throws {
    let sorted = entries.map(\.range).sorted {
      ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound)
    }
    var end = 0
    for range in sorted {
      guard range.lowerBound == end else {
        throw CheckpointError.damaged(
          source: source, reason: "its tensors overlap or leave a gap at byte \(range.lowerBound)")
      }
      end = range.upperBound
    }
    guard end <= dataCount else {
      throw CheckpointError.truncated(
        source: source, offset: dataStart + dataCount, needed: end - dataCount)
    }
    guard end == dataCount else {
      throw CheckpointError.damaged(
        source: source, reason: "\(dataCount - end) bytes follow its last tensor")
    }
  }
}
