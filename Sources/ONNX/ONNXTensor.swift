package import Files
public import Foundation

/// A constant tensor; its elements may still lie in a file, or be worked out when they are written.
public struct ONNXTensor: Sendable {
  /// Hands the elements to a closure, row-major and little-endian, once.
  package typealias Reader =
    @Sendable ((UnsafeRawBufferPointer) throws -> Void) throws -> Void

  private enum Contents: Sendable {
    case memory(Data)
    case mapped(MappedFile, Range<Int>)
    case reader(Reader)
  }

  /// The name that nodes use; empty inside an attribute.
  public var name: String
  /// The type of its elements.
  public let elementType: ONNXElementType
  /// The sizes of the axes; empty for a scalar.
  public let shape: [Int]
  /// The bytes that the elements take.
  public let byteCount: Int
  private let contents: Contents

  private init(
    _ name: String, _ elementType: ONNXElementType, _ shape: [Int], _ contents: Contents,
    found: Int?
  ) throws(ONNXError) {
    guard let count = Self.byteCount(shape, elementType) else {
      throw .model(file: name, problem: "a tensor cannot have the shape \(shape)")
    }
    if let found, found != count {
      throw .model(
        file: name,
        problem: "\(found) bytes do not make a tensor of \(elementType) and shape \(shape)")
    }
    self.name = name
    self.elementType = elementType
    self.shape = shape
    self.contents = contents
    byteCount = count
  }

  /// A tensor of given bytes, row-major and little-endian.
  ///
  /// - Parameters:
  ///   - name: the name that nodes use.
  ///   - elementType: the type of the elements.
  ///   - shape: the sizes of the axes.
  ///   - data: the elements.
  /// - Throws: ``ONNXError/model(file:problem:)`` when shape and bytes disagree.
  public init(
    name: String = "", elementType: ONNXElementType, shape: [Int], data: Data
  ) throws(ONNXError) {
    try self.init(name, elementType, shape, .memory(data), found: data.count)
  }

  /// A vector of whole numbers, or a scalar without a shape.
  public init(name: String = "", _ integers: [Int], shape: [Int]? = nil) throws(ONNXError) {
    let data = integers.withUnsafeBytes { Data($0) }
    try self.init(name: name, elementType: .int64, shape: shape ?? [integers.count], data: data)
  }

  /// A tensor whose elements are worked out when they are written.
  package init(
    name: String, elementType: ONNXElementType, shape: [Int], reader: @escaping Reader
  ) throws(ONNXError) {
    try self.init(name, elementType, shape, .reader(reader), found: nil)
  }

  package init(
    name: String, elementType: ONNXElementType, shape: [Int], file: MappedFile, range: Range<Int>
  ) throws(ONNXError) {
    try self.init(name, elementType, shape, .mapped(file, range), found: range.count)
  }

  /// Gives a closure the elements, row-major and little-endian; valid inside it alone.
  public func withBytes(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    switch contents {
    case .memory(let data): try data.withUnsafeBytes(body)
    case .mapped(let file, let range):
      try withExtendedLifetime(file) { try body(file.bytes(in: range)) }
    case .reader(let reader): try reader(body)
    }
  }

  /// Where the elements lie in a mapped file, if they do.
  package var mapped: (bytes: UnsafeRawBufferPointer, owner: MappedFile)? {
    guard case .mapped(let file, let range) = contents else { return nil }
    return (file.bytes(in: range), file)
  }

  private static func byteCount(_ shape: [Int], _ type: ONNXElementType) -> Int? {
    var total = type.byteCount
    for size in shape {
      let (product, overflow) = total.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow else { return nil }
      total = product
    }
    return total
  }
}
