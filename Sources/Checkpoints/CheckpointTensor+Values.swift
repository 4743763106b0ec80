extension CheckpointTensor {
  /// The elements as `Float`, whatever floating-point or integer type they have.
  ///
  /// Meant for small tensors, tests and inspection; a model takes the bytes.
  public func floats() throws -> [Float] {
    try withUnsafeBytes { bytes in
      switch elementType {
      case .float32: bytes.elements(of: UInt32.self).map { Float(bitPattern: $0) }
      case .float16: bytes.elements(of: UInt16.self).map { Float(Float16(bitPattern: $0)) }
      case .bfloat16: bytes.elements(of: UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
      case .float64: bytes.elements(of: UInt64.self).map { Float(Double(bitPattern: $0)) }
      case .int64: bytes.elements(of: Int64.self).map { Float($0) }
      case .int32: bytes.elements(of: Int32.self).map { Float($0) }
      case .int16: bytes.elements(of: Int16.self).map { Float($0) }
      case .int8: bytes.elements(of: Int8.self).map { Float($0) }
      case .uint8, .bool: bytes.map { Float($0) }
      }
    }
  }

  /// The tensor with its elements as another floating-point type, converted when asked for.
  ///
  /// Integers and truth values stay as they are. Rounding is to nearest, ties to even.
  /// - Parameters:
  ///   - type: ``ElementType/float32`` or ``ElementType/float16``.
  ///   - name: the tensor's name, for messages.
  /// - Returns: the converted tensor, or the same one when there is nothing to convert.
  /// - Throws: on access, ``CheckpointError/outOfRange(tensor:type:value:)`` when a finite value
  ///   would become infinite.
  package func converted(to type: ElementType, name: String) throws -> CheckpointTensor {
    guard elementType.isFloatingPoint, elementType != type else { return self }
    return try CheckpointTensor(type, shape: shape) {
      switch type {
      case .float16:
        try [UInt8](
          littleEndian: floats().map { value in
            let half = Float16(value)
            guard half.isFinite || !value.isFinite else {
              throw CheckpointError.outOfRange(tensor: name, type: type, value: Double(value))
            }
            return half.bitPattern
          })
      case .float32:
        try [UInt8](littleEndian: floats().map(\.bitPattern))
      default:
        throw CheckpointError.notConvertible(
          source: name, reason: "conversion to \(type) is not offered; use float32 or float16")
      }
    }
  }
}

extension UnsafeRawBufferPointer {
  /// The bytes as little-endian integers, at any alignment.
  fileprivate func elements<Value: FixedWidthInteger>(of _: Value.Type) -> [Value] {
    let size = Value.bitWidth / 8
    return [Value](unsafeUninitializedCapacity: count / size) { target, initialized in
      for index in 0..<count / size {
        let value = loadUnaligned(fromByteOffset: index * size, as: Value.self)
        target.initializeElement(at: index, to: Value(littleEndian: value))
      }
      initialized = count / size
    }
  }
}

extension [UInt8] {
  /// The bytes of integers, least significant first.
  init<Value: FixedWidthInteger>(littleEndian values: [Value]) {
    self = values.map(\.littleEndian).withUnsafeBytes { Array($0) }
  }

  /// Appends the bytes of an integer, least significant first.
  mutating func append<Value: FixedWidthInteger>(littleEndian value: Value) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
