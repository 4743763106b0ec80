import CVectorScan
import Foundation

/// An approximate index in a file beside the database; thrown away at will.
///
/// It names pictures by their numbers, not by places in the file of vectors, so that it outlives
/// that file's being written anew. Pictures that are newer than it find their list when it is read.
struct ApproximateIndexFile: Sendable {
  private static let magic: UInt64 = 0x3130_4658_4449_4943  // "CIIDXF01"
  private static let headerSize = 64
  let path: String

  func remove() { unlink(path) }

  /// The index for a segment; `nil` if there is none that fits.
  func open(_ identity: SegmentFile.Identity, for segment: VectorSegment) -> ApproximateIndex? {
    guard let block = MemoryBlock(fileAt: path), block.size >= Self.headerSize else { return nil }
    func word(_ index: Int) -> UInt64 {
      UInt64(littleEndian: block.base.load(fromByteOffset: index * 8, as: UInt64.self))
    }
    let dimension = identity.dimension
    guard word(0) == Self.magic, word(1) == identity.checksum,
      let listCount = Int(exactly: word(2)), (1...(1 << 20)).contains(listCount),
      let count = Int(exactly: word(3)), (0...SegmentLayout.maximumCount).contains(count),
      let probes = Int(exactly: word(4)), (1...listCount).contains(probes),
      block.size == Self.headerSize + listCount * dimension * 2 + count * 12,
      word(5) == vs_checksum(block.base, 40)
        ^ vs_checksum(block.base + Self.headerSize, block.size - Self.headerSize)
    else { return nil }
    let halves = Data(
      bytes: block.base + Self.headerSize, count: listCount * dimension * 2)
    let centers = (0..<listCount).compactMap {
      VectorCodec.decode(
        halves.subdata(in: $0 * dimension * 2..<($0 + 1) * dimension * 2), dimension: dimension)
    }
    guard let centerSegment = try? ApproximateIndexBuilder.segment(of: centers) else { return nil }
    let numbers = block.base + Self.headerSize + listCount * dimension * 2
    let lists = numbers + count * 8
    var assignment = [UInt32](repeating: 0, count: segment.count)
    var unknown: [Int] = []
    var place = 0
    for slot in 0..<segment.count {
      let id = segment.ids[slot]
      while place < count, number(numbers, place) < id { place += 1 }
      if place < count, number(numbers, place) == id {
        let list = UInt32(
          littleEndian: lists.loadUnaligned(fromByteOffset: place * 4, as: UInt32.self))
        guard list < UInt32(listCount) else { return nil }
        assignment[slot] = list
      } else {
        unknown.append(slot)
      }
    }
    // With many new pictures the centers are out of date: better exact than badly approximate.
    guard unknown.count * 4 <= segment.count else { return nil }
    let isAssigned: Void? = try? ApproximateIndexBuilder.assign(
      unknown, of: segment, to: centerSegment, { assignment[$0] = UInt32($1) })
    guard isAssigned != nil else { return nil }
    return ApproximateIndex(centers: centerSegment, assignment: assignment, probes: probes)
  }

  private func number(_ base: UnsafeMutableRawPointer, _ place: Int) -> Int64 {
    Int64(littleEndian: base.loadUnaligned(fromByteOffset: place * 8, as: Int64.self))
  }

  /// Writes the file, complete or not at all.
  func write(
    _ identity: SegmentFile.Identity, centers: VectorSegment, lists: [UInt32],
    of segment: VectorSegment, probes: Int
  ) throws {
    var body = Data()
    for center in 0..<centers.count {
      body += VectorCodec.encode(try centers.vector(slot: center))
    }
    for slot in 0..<segment.count {
      withUnsafeBytes(of: segment.ids[slot].littleEndian) { body.append(contentsOf: $0) }
    }
    for list in lists { withUnsafeBytes(of: list.littleEndian) { body.append(contentsOf: $0) } }
    var data = Data()
    let header = [
      Self.magic, identity.checksum, UInt64(centers.count), UInt64(segment.count), UInt64(probes),
    ]
    for word in header { withUnsafeBytes(of: word.littleEndian) { data.append(contentsOf: $0) } }
    let checksum = Self.checksum(data) ^ Self.checksum(body)
    withUnsafeBytes(of: checksum.littleEndian) { data.append(contentsOf: $0) }
    data.append(Data(count: Self.headerSize - data.count))
    try PictureFile.write(data + body, to: path)
  }

  private static func checksum(_ data: Data) -> UInt64 {
    data.withUnsafeBytes { bytes in
      bytes.baseAddress.map { vs_checksum($0, bytes.count) } ?? 0
    }
  }
}
