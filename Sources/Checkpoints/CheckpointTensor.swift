import Files
import Foundation

/// A tensor of a checkpoint: its type, its shape, and a way to its bytes.
///
/// The value itself is small. Bytes stay in the mapped file until ``withUnsafeBytes(_:)`` asks for
/// them; views with strides, and tensors that a name map transposes or joins, are laid out then, one
/// tensor at a time.
public struct CheckpointTensor: Sendable {
  /// The type of the elements.
  public let elementType: ElementType
  /// The lengths of the dimensions; empty for a scalar.
  public let shape: [Int]
  private let source: Source

  private enum Source: Sendable {
    case mapped(MappedFile, Range<Int>)
    case memory([UInt8])
    case computed(from: [CheckpointTensor], @Sendable () throws -> [UInt8])
  }

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }
  /// The number of bytes of all elements.
  public var byteCount: Int { count * elementType.byteCount }

  /// Makes a tensor of bytes in memory.
  /// - Parameters:
  ///   - elementType: the type of the elements.
  ///   - shape: the lengths of the dimensions.
  ///   - bytes: the elements, row-major and little-endian.
  /// - Throws: ``CheckpointError/damaged(source:reason:)`` when shape and bytes disagree.
  public init(_ elementType: ElementType, shape: [Int], bytes: [UInt8]) throws {
    try self.init(elementType, shape: shape, source: .memory(bytes))
    try Self.check(bytes, shape: shape, byteCount: byteCount)
  }

  /// Makes a tensor whose bytes are produced when they are needed, each time anew, so that saving
  /// a model copies one tensor at a time out of its device.
  /// - Parameters:
  ///   - elementType: the type of the elements.
  ///   - shape: the lengths of the dimensions.
  ///   - produce: gives the elements, row-major and little-endian.
  /// - Throws: ``CheckpointError/damaged(source:reason:)`` for an impossible shape; a wrong number
  ///   of bytes is found on access.
  public init(
    _ elementType: ElementType, shape: [Int], produce: @escaping @Sendable () throws -> [UInt8]
  ) throws {
    try self.init(elementType, shape: shape, source: .computed(from: [], produce))
  }

  /// Makes a tensor that is computed of others, whose pages go when its own would.
  init(
    _ elementType: ElementType, shape: [Int], from tensors: [CheckpointTensor],
    produce: @escaping @Sendable () throws -> [UInt8]
  ) throws {
    try self.init(elementType, shape: shape, source: .computed(from: tensors, produce))
  }

  /// Makes a tensor of a range of a mapped file, which the caller has compared with the file.
  init(_ elementType: ElementType, shape: [Int], file: MappedFile, range: Range<Int>) throws {
    try self.init(elementType, shape: shape, source: .mapped(file, range))
    guard range.count == byteCount, range.lowerBound >= 0, range.upperBound <= file.bytes.count
    else { throw CheckpointError.damaged(source: file.path, reason: "a tensor lies outside it") }
  }

  private init(_ elementType: ElementType, shape: [Int], source: Source) throws {
    guard shape.byteCount(of: elementType) != nil else {
      throw CheckpointError.damaged(source: "a tensor", reason: "its shape \(shape) is absurd")
    }
    self.elementType = elementType
    self.shape = shape
    self.source = source
  }

  /// Calls a closure with the elements: contiguous, row-major, little-endian.
  ///
  /// The address promises no alignment; use `loadUnaligned` or copy. The pointer is valid inside
  /// the closure only.
  /// - Throws: what the closure throws, or the error of laying the bytes out.
  public func withUnsafeBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    switch source {
    case .mapped(let file, let range):
      try body(UnsafeRawBufferPointer(rebasing: file.bytes[range]))
    case .memory(let bytes):
      try bytes.withUnsafeBytes(body)
    case .computed(_, let produce):
      try checked(produce()).withUnsafeBytes(body)
    }
  }

  /// The elements in the mapped file itself and what keeps the mapping alive.
  ///
  /// It is `nil` for a tensor that has to be laid out. The address promises no alignment.
  package var mappedBytes: (bytes: UnsafeRawBufferPointer, owner: any AnyObject & Sendable)? {
    guard case .mapped(let file, let range) = source else { return nil }
    return (UnsafeRawBufferPointer(rebasing: file.bytes[range]), file)
  }

  /// Gives the tensor's pages of a mapped file back to the system after a pass over it.
  func discardPages() {
    switch source {
    case .mapped(let file, let range): file.discard(range)
    case .computed(let tensors, _): for tensor in tensors { tensor.discardPages() }
    case .memory: break
    }
  }

  private func checked(_ bytes: [UInt8]) throws -> [UInt8] {
    try Self.check(bytes, shape: shape, byteCount: byteCount)
    return bytes
  }

  private static func check(_ bytes: [UInt8], shape: [Int], byteCount: Int) throws {
    guard bytes.count == byteCount else {
      throw CheckpointError.damaged(
        source: "a tensor",
        reason: "\(bytes.count) bytes were given for shape \(shape), which takes \(byteCount)")
    }
  }
}

extension [Int] {
  /// The product of the lengths times the element's size; `nil` when a length is negative or the
  /// product overflows, also by the lengths around a zero.
  func byteCount(of elementType: ElementType) -> Int? {
    var total = elementType.byteCount
    for length in self {
      let (product, overflow) = total.multipliedReportingOverflow(by: Swift.max(length, 1))
      guard length >= 0, !overflow else { return nil }
      total = product
    }
    return contains(0) ? 0 : total
  }
}
