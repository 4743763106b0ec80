import Files

extension CheckpointTensor {
  /// A view with strides into a storage, laid out contiguously when its bytes are asked for.
  ///
  /// The caller has checked that every element lies inside the storage.
  init(
    _ elementType: ElementType, shape: [Int], strides: [Int], file: MappedFile, start: Int
  ) throws {
    let size = elementType.byteCount
    try self.init(elementType, shape: shape) {
      let total = shape.reduce(size, *)
      return [UInt8](unsafeUninitializedCapacity: total) { target, count in
        guard total > 0, let base = file.bytes.baseAddress, let output = target.baseAddress
        else { return }
        var written = 0
        // An odometer over all dimensions but the last, which is the inner loop.
        let outer = shape.dropLast()
        var position = Array(repeating: 0, count: outer.count)
        let length = shape.last ?? 1
        let step = (strides.last ?? 0) * size
        while true {
          let row = zip(position, strides).reduce(start) { $0 + $1.0 * $1.1 * size }
          for index in 0..<length {
            (output + written).update(
              from: (base + row + index * step).assumingMemoryBound(to: UInt8.self), count: size)
            written += size
          }
          guard position.advance(within: Array(outer)) else { break }
        }
        count = written
      }
    }
  }

  /// The transposed matrix.
  /// - Throws: ``CheckpointError/wrongShape(source:tensor:expected:found:)`` for no matrix.
  func transposed(name: String) throws -> CheckpointTensor {
    guard shape.count == 2 else {
      throw CheckpointError.wrongShape(
        source: "the name map", tensor: name, expected: "a matrix", found: shape)
    }
    let (rows, columns, size) = (shape[0], shape[1], elementType.byteCount)
    return try CheckpointTensor(elementType, shape: [columns, rows], from: [self]) {
      try withUnsafeBytes { bytes in
        [UInt8](unsafeUninitializedCapacity: bytes.count) { target, count in
          for column in 0..<columns {
            for row in 0..<rows {
              for byte in 0..<size {
                target[(column * rows + row) * size + byte] =
                  bytes[(row * columns + column) * size + byte]
              }
            }
          }
          count = bytes.count
        }
      }
    }
  }

  /// Equal parts along the first dimension.
  func split(into parts: Int, name: String) throws -> [CheckpointTensor] {
    guard let rows = shape.first, rows.isMultiple(of: parts) else {
      throw CheckpointError.wrongShape(
        source: "the name map", tensor: name, expected: "rows in \(parts) equal parts",
        found: shape)
    }
    let partShape = [rows / parts] + shape.dropFirst()
    let partBytes = byteCount / parts
    return try (0..<parts).map { part in
      try CheckpointTensor(elementType, shape: partShape, from: [self]) {
        try withUnsafeBytes { Array($0[part * partBytes..<(part + 1) * partBytes]) }
      }
    }
  }

  /// Tensors of one shape below each other, along the first dimension.
  static func joined(_ parts: [CheckpointTensor], name: String) throws -> CheckpointTensor {
    guard let first = parts.first, let rows = first.shape.first else {
      throw CheckpointError.wrongShape(
        source: "the name map", tensor: name, expected: "a tensor with rows",
        found: parts.first?.shape ?? [])
    }
    for part in parts where part.shape != first.shape || part.elementType != first.elementType {
      throw CheckpointError.wrongShape(
        source: "the name map", tensor: name,
        expected: "the same as its siblings, \(first.shape) of \(first.elementType)",
        found: part.shape)
    }
    return try CheckpointTensor(
      first.elementType, shape: [rows * parts.count] + first.shape.dropFirst(), from: parts
    ) {
      var result: [UInt8] = []
      result.reserveCapacity(first.byteCount * parts.count)
      for part in parts { try part.withUnsafeBytes { result.append(contentsOf: $0) } }
      return result
    }
  }
}

extension [Int] {
  /// Counts up, last digit first; `false` when every digit was at its end.
  fileprivate mutating func advance(within lengths: [Int]) -> Bool {
    for index in indices.reversed() {
      self[index] += 1
      if self[index] < lengths[index] { return true }
      self[index] = 0
    }
    return false
  }
}
