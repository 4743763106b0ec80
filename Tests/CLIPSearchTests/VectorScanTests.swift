import CLIPSearch
import CVectorScan
import TestSupport
import Testing

@Suite("VectorScan", .serialized)
struct VectorScanTests {
  /// Vectors around a common direction, as models give them, with two very large coordinates.
  static func vectors(_ count: Int, _ dimension: Int, seed: UInt64) -> [[Float]] {
    var generator = SplitMix(state: seed)
    return (0..<count).map { _ in
      var vector = (0..<dimension).map { _ in Float.random(in: -1...1, using: &generator) }
      vector[0] += 9
      if dimension > 7 { vector[7] -= 5 }
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return vector.map { $0 / length }
    }
  }

  static func segment(_ vectors: [[Float]], firstID: Int64 = 1) throws -> VectorSegment {
    let dimension = vectors[0].count
    let layout = try #require(SegmentLayout(count: vectors.count, dimension: dimension))
    var center = [Float](repeating: 0, count: dimension)
    for vector in vectors {
      for index in 0..<dimension { center[index] += vector[index] / Float(vectors.count) }
    }
    var builder = SegmentBuilder(
      layout: layout, center: center, block: try .anonymous(size: layout.size))
    for (index, vector) in vectors.enumerated() {
      var halves = [UInt16](repeating: 0, count: dimension)
      vs_to_half(vector, dimension, &halves)
      let isTaken = halves.withUnsafeBytes {
        builder.append(id: firstID + Int64(index), halves: $0)
      }
      #expect(isTaken)
    }
    let segment = builder.finish()
    return try #require(segment)
  }

  /// What the scan must find: all exact scores, sorted.
  static func exact(_ query: [Float], _ snapshot: VectorSnapshot) throws -> [(Int64, Float)] {
    var scored: [(Int64, Float)] = []
    for part in snapshot.parts {
      for slot in 0..<part.segment.count where !part.dead.contains(slot) {
        scored.append((part.segment.ids[slot], try part.segment.score(query, slot: slot)))
      }
    }
    return scored.sorted { $0.1 != $1.1 ? $0.1 > $1.1 : $0.0 < $1.0 }
  }

  static let kernels: [vs_kernel] = [VS_PLAIN, VS_AVX2, VS_AVX512_VNNI, VS_NEON]

  @Test(
    "the scan finds exactly the best, whatever the dimension",
    arguments: [1, 3, 31, 64, 65, 200, 512, 640, 1024])
  func recall(dimension: Int) throws {
    let snapshot = VectorSnapshot(
      dimension: dimension,
      parts: [.init(segment: try Self.segment(Self.vectors(3001, dimension, seed: 1)))])
    for query in Self.vectors(5, dimension, seed: 2) {
      let expected = try Self.exact(query, snapshot).prefix(25)
      let found = try VectorScan.best(
        25, for: query, in: snapshot, selections: snapshot.selections(of: nil))
      #expect(found.map(\.id) == expected.map(\.0))
      #expect(found.map(\.score) == expected.map(\.1))
    }
  }

  @Test("many queries at once find what each finds alone", arguments: [3, 16, 17, 40])
  func batch(queries: Int) throws {
    var snapshot = VectorSnapshot(
      dimension: 96,
      parts: [
        .init(segment: try Self.segment(Self.vectors(2500, 96, seed: 3))),
        .init(segment: try Self.segment(Self.vectors(300, 96, seed: 4), firstID: 5001)),
      ])
    for id in stride(from: 3, to: 5200, by: 7) { snapshot.remove(Int64(id)) }
    let list = Self.vectors(queries, 96, seed: 5)
    for selections in [
      snapshot.selections(of: nil), snapshot.selections(of: (1...2600).filter { $0 % 3 == 0 }),
    ] {
      let together = try VectorScan.best(9, forEach: list, in: snapshot, selections: selections)
      for (query, found) in zip(list, together) {
        let alone = try VectorScan.best(9, for: query, in: snapshot, selections: selections)
        #expect(found == alone)
      }
    }
  }

  @Test("only the selected pictures answer, and of equals the older comes first")
  func selection() throws {
    let vectors = Self.vectors(1, 16, seed: 6)
    let equal = [[Float]](repeating: vectors[0], count: 5000)
    var snapshot = VectorSnapshot(dimension: 16, parts: [.init(segment: try Self.segment(equal))])
    snapshot.remove(2)
    let all = try VectorScan.best(
      4, for: vectors[0], in: snapshot, selections: snapshot.selections(of: nil))
    #expect(all.map(\.id) == [1, 3, 4, 5])
    let some = try VectorScan.best(
      4, for: vectors[0], in: snapshot,
      selections: snapshot.selections(of: [0, 2, 9, 4000, 9999]))
    #expect(some.map(\.id) == [9, 4000])
    let none = try VectorScan.best(
      4, for: vectors[0], in: snapshot, selections: snapshot.selections(of: []))
    #expect(none.isEmpty)
  }

  @Test("every kernel of this machine gives the numbers of plain C", arguments: [64, 192, 1024])
  func kernels(stride: Int) throws {
    let before = vs_current_kernel()
    defer { _ = vs_choose_kernel(before) }
    let count = 37
    var generator = SplitMix(state: 7)
    let rows = (0..<count * stride).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let values = (0..<stride).map { _ in Float.random(in: -1...1, using: &generator) }
    let halves = (0..<stride).map { _ in UInt16.random(in: 0..<0x7c00, using: &generator) }
    let planes = try MemoryBlock.anonymous(size: 2 * stride)
    let packed = try MemoryBlock.anonymous(size: 16 * stride)
    let high = planes.base.assumingMemoryBound(to: Int8.self)
    var scale: Float = 0
    var lost: Float = 0
    var lostHigh: Float = 0
    vs_quantize_query(values, stride, stride, high, high + stride, &scale, &lost, &lostHigh)
    let bytes = packed.base.assumingMemoryBound(to: Int8.self)
    for index in 0..<16 * stride { bytes[index] = Int8.random(in: -127...127, using: &generator) }
    let sums = (0..<16).map { _ in Int32.random(in: -9000...9000, using: &generator) }
    var query = vs_query(
      high: high, low: high + stride, scale: scale,
      high_sum: (0..<stride).reduce(0) { $0 + Int32(high[$1]) },
      low_sum: (0..<stride).reduce(0) { $0 + Int32(high[stride + $1]) })
    let slots: [UInt32] = [36, 0, 17, 3, 3, 20, 1]
    var expected: ([Float], [Float], [Int32], [UInt32])?
    for kernel in Self.kernels where vs_choose_kernel(kernel) == 0 {
      var run = [Float](repeating: 0, count: count)
      var picked = [Float](repeating: 0, count: slots.count)
      var many = [Int32](repeating: 0, count: count * 16)
      vs_scan(rows, stride, count, &query, &run)
      vs_scan_slots(rows, stride, slots, slots.count, &query, &picked)
      vs_scan_sixteen(rows, stride, count, bytes, sums, &many)
      let dots = [1, 15, 16, 17, stride - 3, stride].map {
        vs_dot_half(halves, values, $0).bitPattern
      }
      if let expected {
        #expect(run == expected.0)
        #expect(picked == expected.1)
        #expect(many == expected.2)
        #expect(dots == expected.3)
      } else {
        expected = (run, picked, many, dots)
      }
      #expect(picked == slots.map { run[Int($0)] })
    }
  }

  @Test("half precision round-trips, and rounds to nearest even")
  func halves() {
    var all = (0..<0x7c00).map { UInt16($0) }
    all += all.map { $0 | 0x8000 }
    var values = [Float](repeating: 0, count: all.count)
    var back = [UInt16](repeating: 0, count: all.count)
    vs_from_half(all, all.count, &values)
    vs_to_half(values, values.count, &back)
    #expect(back == all)
    let between: [Float] = [1 + 0x1p-11, 1 + 3 * 0x1p-11, 65519, 65520, 0x1p-25, 0x1.8p-24, -2]
    var rounded = [UInt16](repeating: 0, count: between.count)
    vs_to_half(between, between.count, &rounded)
    #expect(rounded == [0x3c00, 0x3c02, 0x7bff, 0x7c00, 0, 2, 0xc000])
  }

  @Test("a damaged row of a segment is noticed")
  func damage() throws {
    let segment = try Self.segment(Self.vectors(10, 32, seed: 8))
    segment.block.base.advanced(by: segment.layout.halves + 3 * 64)
      .storeBytes(of: 0x1234, as: UInt16.self)
    #expect(throws: DamagedSegment.self) { try segment.vector(slot: 3) }
    #expect(try segment.vector(slot: 2).count == 32)
  }

  @Test("a layout refuses numbers that make no sense")
  func layout() {
    #expect(SegmentLayout(count: -1, dimension: 5) == nil)
    #expect(SegmentLayout(count: 5, dimension: 0) == nil)
    #expect(SegmentLayout(count: .max, dimension: 512) == nil)
    #expect(SegmentLayout(count: 5, dimension: 1 << 40) == nil)
    #expect(SegmentLayout(count: 5, dimension: 70)?.stride == 128)
  }
}
