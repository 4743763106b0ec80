import CVectorScan
import Files
import Foundation

/// A block of vectors in a file beside the database: a cache that can be thrown away at any time.
///
/// The header says which library, which model and which revision the block shows, and carries
/// checksums of itself and of all that a scan reads; rows in half precision carry their own.
package struct SegmentFile: Sendable {
  /// What a block must say of itself to be used.
  package struct Identity: Sendable, Equatable {
    /// The library's number for itself.
    var library: String
    /// Fingerprint of the model.
    var model: String
    var kind: VectorKind
    var dimension: Int

    /// Names everything.
    package init(library: String, model: String, kind: VectorKind, dimension: Int) {
      self.library = library
      self.model = model
      self.kind = kind
      self.dimension = dimension
    }
  }

  private static let magic: UInt64 = 0x3130_4345_5650_4943  // "CIPVEC01"

  let path: String

  /// The file at a path, which need not be there yet.
  package init(path: String) { self.path = path }

  /// The block in the file with the revision it shows; `nil` if there is none, it belongs to
  /// something else, or it is damaged.
  package func open(_ identity: Identity) -> (segment: VectorSegment, revision: Int64)? {
    guard let block = MemoryBlock(fileAt: path), block.size >= SegmentLayout.headerSize else {
      return nil
    }
    let header = Header(block.base)
    guard header.magic == Self.magic, header.checksum == header.computedChecksum,
      header.identity == identity.checksum, let count = Int(exactly: header.count),
      let layout = SegmentLayout(count: count, dimension: identity.dimension),
      layout.size == block.size, header.radius.isFinite,
      header.contents == Self.contentsChecksum(block, layout)
    else { return nil }
    let segment = VectorSegment(block: block, layout: layout, radius: header.radius)
    return (segment, header.revision)
  }

  /// Makes a new file, complete or not at all, and gives its block.
  ///
  /// - Parameters:
  ///   - identity: What the file is of.
  ///   - revision: The state of the library that it shows.
  ///   - layout: How many vectors it takes.
  ///   - center: The vectors' mean, or near it.
  ///   - fill: Fills the builder.
  /// - Returns: The vectors as the file has them.
  /// - Throws: ``SearchError/unwritable(path:reason:)``, and what `fill` throws.
  func write(
    _ identity: Identity, revision: Int64, layout: SegmentLayout, center: [Float],
    fill: (inout SegmentBuilder) throws -> Void
  ) throws -> VectorSegment {
    let file = try SearchError.wrapping {
      try AtomicMapping(URL(filePath: path), size: layout.size, mode: PrivateFiles.fileMode)
    }
    guard let block = MemoryBlock(file) else {
      throw SearchError.unwritable(path: path, reason: "it would be empty")
    }
    var builder = SegmentBuilder(layout: layout, center: center, block: block)
    try fill(&builder)
    guard let segment = builder.finish() else {
      throw SearchError.unwritable(path: path, reason: "fewer vectors came than were counted")
    }
    var header = Header(block.base)
    header.magic = Self.magic
    header.identity = identity.checksum
    header.revision = revision
    header.count = Int64(layout.count)
    header.radius = segment.radius
    header.contents = Self.contentsChecksum(block, layout)
    header.checksum = header.computedChecksum
    header.store(to: block.base)
    try SearchError.wrapping { try file.commit() }
    return segment
  }

  /// Checksum of all that a scan reads: from the center to the last row of bytes.
  private static func contentsChecksum(_ block: MemoryBlock, _ layout: SegmentLayout) -> UInt64 {
    vs_checksum(block.base + layout.center, layout.halves - layout.center)
  }

  /// The first bytes of the file.
  private struct Header {
    var magic: UInt64
    var identity: UInt64
    var revision: Int64
    var count: Int64
    var radius: Float
    var contents: UInt64
    var checksum: UInt64

    init(_ base: UnsafeRawPointer) {
      magic = UInt64(littleEndian: base.load(fromByteOffset: 0, as: UInt64.self))
      identity = UInt64(littleEndian: base.load(fromByteOffset: 8, as: UInt64.self))
      revision = Int64(littleEndian: base.load(fromByteOffset: 16, as: Int64.self))
      count = Int64(littleEndian: base.load(fromByteOffset: 24, as: Int64.self))
      radius = Float(
        bitPattern: UInt32(littleEndian: base.load(fromByteOffset: 32, as: UInt32.self)))
      contents = UInt64(littleEndian: base.load(fromByteOffset: 40, as: UInt64.self))
      checksum = UInt64(littleEndian: base.load(fromByteOffset: 48, as: UInt64.self))
    }

    func store(to base: UnsafeMutableRawPointer) {
      base.storeBytes(of: magic.littleEndian, toByteOffset: 0, as: UInt64.self)
      base.storeBytes(of: identity.littleEndian, toByteOffset: 8, as: UInt64.self)
      base.storeBytes(of: revision.littleEndian, toByteOffset: 16, as: Int64.self)
      base.storeBytes(of: count.littleEndian, toByteOffset: 24, as: Int64.self)
      base.storeBytes(of: radius.bitPattern.littleEndian, toByteOffset: 32, as: UInt32.self)
      base.storeBytes(of: contents.littleEndian, toByteOffset: 40, as: UInt64.self)
      base.storeBytes(of: checksum.littleEndian, toByteOffset: 48, as: UInt64.self)
    }

    /// Checksum of the fields before it.
    var computedChecksum: UInt64 {
      withUnsafeTemporaryAllocation(
        byteCount: SegmentLayout.headerSize, alignment: 8
      ) { scratch in
        scratch.initializeMemory(as: UInt8.self, repeating: 0)
        guard let base = scratch.baseAddress else { return 0 }
        store(to: base)
        return vs_checksum(base, 48)
      }
    }
  }
}

extension SegmentFile.Identity {
  /// The identity in one number.
  var checksum: UInt64 {
    let text = [library, model, "\(kind.rawValue)", "\(dimension)"].joined(separator: "\0")
    return Array(text.utf8).withUnsafeBytes { bytes in
      bytes.baseAddress.map { vs_checksum($0, bytes.count) } ?? 0
    }
  }
}
