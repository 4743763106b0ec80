import Files
package import Foundation

/// The file of weights beside a program: a header, then for each tensor 64 bytes that describe it and
/// its elements, all at multiples of 64.
///
/// Source: mlmodel/src/MILBlob/Blob/StorageFormat.hpp of apple/coremltools, version 2.
package enum WeightFile {
  /// Bytes of the header, of a description, and what both are aligned to.
  static let block = 64
  private static let version: UInt32 = 2
  private static let sentinel: UInt32 = 0xDEAD_BEEF

  /// What the file calls its types.
  private static func code(_ element: MLProgram.Element) -> UInt32? {
    switch element {
    case .float16: 1
    case .float32: 2
    case .uint8: 3
    case .int8: 4
    case .int32: 14
    case .bool, .string: nil
    }
  }

  /// Writes one tensor after another.
  package final class Writer {
    private let file: AtomicFile
    private var count: UInt32 = 0

    /// Begins a file.
    ///
    /// - Throws: `FileError`.
    package init(_ url: URL) throws {
      file = try AtomicFile(url, makesFolder: true)
      try file.write([UInt8](repeating: 0, count: block))
    }

    /// Adds a tensor.
    ///
    /// - Parameters:
    ///   - bytes: its elements, little endian.
    ///   - element: their type.
    /// - Returns: where its description begins, which is what a program refers to.
    /// - Throws: `FileError`.
    package func append(
      _ bytes: UnsafeRawBufferPointer, as element: MLProgram.Element
    ) throws -> UInt64 {
      guard let code = WeightFile.code(element) else {
        throw MLPackageError.file("elements of type \(element) are not stored in a file of weights")
      }
      let place = file.offset
      var description: [UInt8] = []
      description.append(sentinel)
      description.append(code)
      description.append(UInt64(bytes.count))
      description.append(UInt64(place + block))
      description += [UInt8](repeating: 0, count: block - description.count)
      try file.write(description)
      try file.write(bytes)
      try file.write([UInt8](repeating: 0, count: (block - bytes.count % block) % block))
      count += 1
      return UInt64(place)
    }

    /// Ends the file.
    ///
    /// - Throws: `FileError`.
    package func finish() throws {
      var header: [UInt8] = []
      header.append(count)
      header.append(version)
      try file.overwrite(header, at: 0)
      try file.commit()
    }
  }

  /// The elements that a program's constant refers to.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - offset: where the description begins.
  ///   - type: what the program says it is, of fixed sizes.
  /// - Returns: the elements' place in the file.
  /// - Throws: a sentence when the description is not there or says something else.
  package static func range(
    in bytes: UnsafeRawBufferPointer, at offset: UInt64, of type: MLProgram.TensorType
  ) throws(Problem) -> Range<Int> {
    guard bytes.count >= block, bytes.number(at: 4, UInt32.self) == version else {
      throw Problem("the file of weights is not of version \(version)")
    }
    guard offset % UInt64(block) == 0, offset >= UInt64(block),
      offset <= UInt64(bytes.count - min(block, bytes.count)),
      bytes.number(at: Int(offset), UInt32.self) == sentinel
    else { throw Problem("at byte \(offset) of the weights no tensor begins") }
    let place = Int(offset)
    guard let code = code(type.element), bytes.number(at: place + 4, UInt32.self) == code else {
      throw Problem("the tensor at byte \(offset) of the weights is not of type \(type.element)")
    }
    let (size, start) = (
      bytes.number(at: place + 8, UInt64.self), bytes.number(at: place + 16, UInt64.self)
    )
    guard start <= UInt64(bytes.count), size <= UInt64(bytes.count) - start else {
      throw Problem("the tensor at byte \(offset) of the weights ends behind the file")
    }
    var expected = type.element.byteCount ?? 0
    for size in type.shape {
      let (product, overflows) = expected.multipliedReportingOverflow(by: size ?? 0)
      guard !overflows else { throw Problem("a tensor of \(type.shape) is too large") }
      expected = product
    }
    guard size == UInt64(expected) else {
      throw Problem(
        "the tensor at byte \(offset) of the weights has \(size) bytes, not \(expected)")
    }
    return Int(start)..<Int(start) + Int(size)
  }

  /// What does not fit.
  package struct Problem: Error {
    package let sentence: String
    init(_ sentence: String) { self.sentence = sentence }
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ number: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }
}

extension UnsafeRawBufferPointer {
  fileprivate func number<Number: FixedWidthInteger>(at offset: Int, _: Number.Type) -> Number {
    Number(littleEndian: loadUnaligned(fromByteOffset: offset, as: Number.self))
  }
}
