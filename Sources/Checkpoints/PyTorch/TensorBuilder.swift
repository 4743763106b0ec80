import Files

/// Makes tensors of records, by comparing each with the storage in its file.
struct TensorBuilder {
  let file: MappedFile
  /// Where the storage of a key lies in the file; `nil` when the file has none.
  let storage: (String) throws -> Range<Int>?
  private var total = 0

  init(file: MappedFile, storage: @escaping (String) throws -> Range<Int>?) {
    self.file = file
    self.storage = storage
  }

  /// The tensor of a record.
  ///
  /// Views may be larger than their storage (a stride of 0 repeats elements), so their sizes are
  /// held against the whole file too: one tensor may not exceed it, all together not 16 times.
  mutating func tensor(_ record: TensorRecord, name: String) throws -> CheckpointTensor {
    guard let range = try storage(record.storageKey) else {
      throw CheckpointError.damaged(
        source: file.path, reason: "the storage \(record.storageKey) of \(name) is missing")
    }
    let size = record.elementType.byteCount
    guard let storageBytes = record.storageByteCount, storageBytes <= range.count,
      let bytes = record.shape.byteCount(of: record.elementType)
    else {
      throw CheckpointError.truncated(
        source: file.path, offset: range.upperBound,
        needed: (record.storageByteCount ?? .max) - range.count)
    }
    let allowed = file.bytes.count
    guard bytes <= allowed, total <= 16 * allowed - bytes else {
      throw CheckpointError.limitExceeded(
        source: file.path, what: "the size of \(name) in bytes", found: bytes, allowed: allowed)
    }
    total += bytes
    let start = range.lowerBound + record.offset * size
    guard record.isContiguous || bytes == 0 else {
      return try CheckpointTensor(
        record.elementType, shape: record.shape, strides: record.strides, file: file, start: start)
    }
    return try CheckpointTensor(
      record.elementType, shape: record.shape, file: file, range: start..<start + bytes)
  }
}
