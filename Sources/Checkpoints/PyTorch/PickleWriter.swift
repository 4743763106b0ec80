/// Writes the few pickle operations of protocol 2 that a state dictionary takes.
struct PickleWriter {
  /// What was written so far.
  private(set) var bytes: [UInt8] = [0x80, 2]
  /// Names and texts that repeat, by their number in the reader's memory.
  private var memory: [String: UInt32] = [:]

  /// Writes one operation without operand.
  mutating func write(_ operation: PickleOperation) { bytes.append(operation.rawValue) }

  /// Writes the end.
  mutating func finish() -> [UInt8] {
    write(.stop)
    return bytes
  }

  /// Writes a text.
  mutating func write(_ text: String) {
    write(.binUnicode)
    bytes.append(littleEndian: UInt32(text.utf8.count))
    bytes += Array(text.utf8)
  }

  /// Writes a whole number.
  mutating func write(_ value: Int) {
    if let short = Int32(exactly: value) {
      write(.binInt)
      bytes.append(littleEndian: short)
    } else {
      write(.long1)
      bytes.append(8)
      bytes.append(littleEndian: Int64(value))
    }
  }

  /// Writes a tuple of whole numbers.
  mutating func write(_ values: [Int]) {
    write(.mark)
    for value in values { write(value) }
    write(.tuple)
  }

  /// Writes a fact.
  mutating func write(_ value: MetadataValue) {
    switch value {
    case .boolean(let value): write(value ? .newTrue : .newFalse)
    case .integer(let value): write(value)
    case .string(let value): write(value)
    case .number(let value):
      write(.binFloat)
      bytes.append(littleEndian: value.bitPattern.byteSwapped)
    }
  }

  /// Writes a text that repeats.
  mutating func write(shared text: String) {
    recallOrStore("text \(text)") { $0.write(text) }
  }

  /// Writes the name of a class or function.
  mutating func write(global module: String, _ name: String) {
    recallOrStore("global \(module).\(name)") {
      $0.write(.global)
      $0.bytes += Array("\(module)\n\(name)\n".utf8)
    }
  }

  /// Writes an empty ordered dictionary, to be filled.
  mutating func writeOrderedDictionary() {
    write(global: "collections", "OrderedDict")
    write(.emptyTuple)
    write(.reduce)
  }

  /// Writes a contiguous tensor that fills the storage of its own.
  mutating func write(_ tensor: CheckpointTensor, storage key: String) {
    write(global: "torch._utils", "_rebuild_tensor_v2")
    write(.mark)
    write(.mark)
    write(shared: "storage")
    write(global: "torch", tensor.elementType.storageName)
    write(key)
    write(shared: "cpu")
    write(tensor.count)
    write(.tuple)
    write(.binPersistentID)
    write(0)
    write(tensor.shape)
    write(tensor.shape.rowMajorStrides)
    write(.newFalse)
    writeOrderedDictionary()
    write(.tuple)
    write(.reduce)
  }

  private mutating func recallOrStore(_ key: String, _ store: (inout PickleWriter) -> Void) {
    if let index = memory[key] {
      write(.longBinGet)
      bytes.append(littleEndian: index)
    } else {
      store(&self)
      let index = UInt32(memory.count)
      memory[key] = index
      write(.longBinPut)
      bytes.append(littleEndian: index)
    }
  }
}

extension [Int] {
  /// Elements from one index to the next in every dimension of a contiguous tensor.
  fileprivate var rowMajorStrides: [Int] {
    var strides = self
    var step = 1
    for index in indices.reversed() {
      strides[index] = step
      step *= Swift.max(self[index], 1)
    }
    return strides
  }
}
