extension CheckpointTensor {
  /// The elements as `Float`, whatever floating-point or integer type they have.
  ///
  /// Meant for small tensors, tests and inspection; a model takes the bytes.
  public func floats() throws -> [Float] {
    try withUnsafeBytes { bytes in
      switch elementType {
      case .float32: bytes.map { (bits: UInt32) in Float(bitPattern: bits) }
      case .float16: bytes.map { (bits: UInt16) in Float(Float16(bitPattern: bits)) }
      case .bfloat16: bytes.map { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }
      case .float64: bytes.map { (bits: UInt64) in Float(Double(bitPattern: bits)) }
      case .int64: bytes.map { (value: Int64) in Float(value) }
      case .int32: bytes.map { (value: Int32) in Float(value) }
      case .int16: bytes.map { (value: Int16) in Float(value) }
      case .int8: bytes.map { (value: Int8) in Float(value) }
      case .uint8, .bool: bytes.map { (value: UInt8) in Float(value) }
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
    return try CheckpointTensor(type, shape: shape, from: [self]) {
      let values = try floats()
      switch type {
      case .float32: return values.bytes { $0.bitPattern.littleEndian }
      case .float16:
        return try values.bytes { value in
          let half = Float16(value)
          guard half.isFinite || !value.isFinite else {
            throw CheckpointError.outOfRange(tensor: name, type: type, value: Double(value))
          }
          return half.bitPattern.littleEndian
        }
      default:
        throw CheckpointError.notConvertible(
          source: name, reason: "conversion to \(type) is not offered; use float32 or float16")
      }
    }
  }
}

extension UnsafeRawBufferPointer {
  /// Little-endian integers at any alignment, each made a number.
  fileprivate func map<Element: FixedWidthInteger>(_ transform: (Element) -> Float) -> [Float] {
    let size = Element.bitWidth / 8
    return [Float](unsafeUninitializedCapacity: count / size) { target, initialized in
      for index in 0..<count / size {
        let element = loadUnaligned(fromByteOffset: index * size, as: Element.self)
        target.initializeElement(at: index, to: transform(Element(littleEndian: element)))
      }
      initialized = count / size
    }
  }
}

extension [Float] {
  /// The bytes of what every number becomes.
  fileprivate func bytes<Bits: FixedWidthInteger>(
    _ transform: (Float) throws -> Bits
  ) rethrows -> [UInt8] {
    let size = Bits.bitWidth / 8
    return try [UInt8](unsafeUninitializedCapacity: count * size) { target, initialized in
      let output = UnsafeMutableRawBufferPointer(target)
      for (index, value) in enumerated() {
        output.storeBytes(of: try transform(value), toByteOffset: index * size, as: Bits.self)
      }
      initialized = count * size
    }
  }
}

extension [UInt8] {
  /// Appends the bytes of an integer, least significant first.
  mutating func append<Value: FixedWidthInteger>(littleEndian value: Value) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }

  /// The bytes of an integer, least significant first.
  init<Value: FixedWidthInteger>(littleEndian value: Value) {
    self = Swift.withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
