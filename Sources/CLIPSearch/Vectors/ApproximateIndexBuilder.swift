import CLIPModels
import CVectorScan
import Foundation

/// Makes the lists of an approximate index by k-means, with the batch scan as its engine.
struct ApproximateIndexBuilder {
  let segment: VectorSegment
  let dead: SlotSet
  let listCount: Int
  private static let rounds = 8
  /// Vectors of the sample for each list.
  private static let samplesPerList = 40

  /// - Parameter progress: Called with the share that is done, `0...1`.
  /// - Returns: The centers, and the list of each slot.
  /// - Throws: `CancellationError`; ``DamagedSegment``; ``SearchError`` without memory.
  func build(_ progress: (Double) -> Void) throws -> (centers: VectorSegment, lists: [UInt32]) {
    let step = max(1, segment.count / (listCount * Self.samplesPerList))
    let sample = stride(from: 0, to: segment.count, by: step).filter { !dead.contains($0) }
    let first = stride(from: 0, to: sample.count, by: max(1, sample.count / listCount))
    var centers = try first.prefix(listCount).map { try segment.vector(slot: sample[$0]) }
    let total = Double(Self.rounds * sample.count + segment.count)
    var done = 0
    for _ in 0..<Self.rounds {
      let centerSegment = try Self.segment(of: centers)
      var sums = centers.map { [Float](repeating: 0, count: $0.count) }
      try assign(sample, to: centerSegment) { slot, list in
        let vector = try segment.vector(slot: slot)
        for index in vector.indices { sums[list][index] += vector[index] }
      } progress: {
        done += $0
        progress(Double(done) / total)
      }
      for (list, sum) in sums.enumerated() {
        if let unit = UnitVector.of(sum) { centers[list] = unit }
      }
    }
    let centerSegment = try Self.segment(of: centers)
    var lists = [UInt32](repeating: 0, count: segment.count)
    try assign(Array(0..<segment.count), to: centerSegment) { slot, list in
      lists[slot] = UInt32(list)
    } progress: {
      done += $0
      progress(Double(done) / total)
    }
    return (centerSegment, lists)
  }

  /// Finds the nearest center of each slot.
  private func assign(
    _ slots: [Int], to centers: VectorSegment, _ take: (Int, Int) throws -> Void,
    progress: (Int) -> Void
  ) throws {
    try Self.assign(slots, of: segment, to: centers, take, progress: progress)
  }

  static func assign(
    _ slots: [Int], of segment: VectorSegment, to centers: VectorSegment,
    _ take: (Int, Int) throws -> Void, progress: (Int) -> Void = { _ in }
  ) throws {
    let snapshot = VectorSnapshot(
      dimension: centers.layout.dimension, parts: [.init(segment: centers)])
    for start in stride(from: 0, to: slots.count, by: 1024) {
      try Task.checkCancellation()
      let some = slots[start..<min(start + 1024, slots.count)]
      let vectors = try some.map { try segment.vector(slot: $0) }
      let nearest = try VectorScan.best(1, forEach: vectors, in: snapshot, selections: [.all])
      for (slot, found) in zip(some, nearest) { try take(slot, Int(found.first?.id ?? 0)) }
      progress(some.count)
    }
  }

  /// Centers as something that can be scanned, numbered from 0.
  static func segment(of centers: [[Float]]) throws -> VectorSegment {
    let dimension = centers.first?.count ?? 0
    guard let layout = SegmentLayout(count: centers.count, dimension: dimension) else {
      throw SearchError.invalidArgument(
        name: "the number of lists", value: "\(centers.count)", allowed: "fewer than the pictures")
    }
    var mean = [Float](repeating: 0, count: dimension)
    for center in centers {
      for index in mean.indices { mean[index] += center[index] / Float(centers.count) }
    }
    var builder = SegmentBuilder(
      layout: layout, center: mean, block: try .anonymous(size: layout.size))
    for (number, center) in centers.enumerated() {
      VectorCodec.encode(center).withUnsafeBytes {
        _ = builder.append(id: Int64(number), halves: $0)
      }
    }
    guard let segment = builder.finish() else {
      throw SearchError.invalidVector(what: "A center of the approximate index")
    }
    return segment
  }
}
