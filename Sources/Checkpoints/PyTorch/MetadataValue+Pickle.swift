extension MetadataValue {
  /// A plain fact of a pickle, or a NumPy scalar, which stands for one; `nil` for anything else.
  init?(_ value: PickleValue) {
    switch value {
    case .boolean(let value): self = .boolean(value)
    case .integer(let value): self = .integer(Int(value))
    case .number(let value): self = .number(value)
    case .string(let value): self = .string(value)
    case .object(let object): self.init(scalar: object)
    default: return nil
    }
  }

  /// `numpy.core.multiarray.scalar(dtype, bytes)`.
  private init?(scalar: PickleObject) {
    guard scalar.name.hasPrefix("numpy."), scalar.name.hasSuffix(".multiarray.scalar"),
      scalar.arguments.count == 2, case .object(let type) = scalar.arguments[0],
      type.name == "numpy.dtype", let code = type.arguments.first?.stringValue,
      type.state?.elements?.dropFirst().first != .string(">"),
      let bytes = Self.bytes(scalar.arguments[1])
    else { return nil }
    let bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    switch (code, bytes.count) {
    case ("i8", 8): self = .integer(Int(Int64(bitPattern: bits)))
    case ("i4", 4): self = .integer(Int(Int32(bitPattern: UInt32(bits))))
    case ("f8", 8): self = .number(Double(bitPattern: bits))
    case ("f4", 4): self = .number(Double(Float(bitPattern: UInt32(bits))))
    case ("b1", 1): self = .boolean(bits != 0)
    default: return nil
    }
  }

  /// The bytes of a `bytes` object, which protocol 2 writes as Latin-1 text to be encoded.
  private static func bytes(_ value: PickleValue) -> [UInt8]? {
    switch value {
    case .bytes(let bytes): return bytes
    case .object(let call) where call.name == "_codecs.encode":
      guard call.arguments.last == .string("latin1"), let text = call.arguments.first?.stringValue,
        text.unicodeScalars.allSatisfy({ $0.value < 0x100 })
      else { return nil }
      return text.unicodeScalars.map { UInt8($0.value) }
    default: return nil
    }
  }
}
