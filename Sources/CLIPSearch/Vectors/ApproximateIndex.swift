import CVectorScan
import Foundation

/// Lists of like vectors, so that a search of millions need only look into a few of them.
///
/// It is an inverted file: each vector belongs to the nearest of some thousand centers. A search
/// takes the lists of the centers nearest to the query and scans those exactly. How many lists it
/// takes is measured when the index is made: as many as the wanted recall needs.
package final class ApproximateIndex: Sendable {
  /// The centers, numbered from 0.
  let centers: VectorSegment
  /// How many lists a search looks into.
  package let probes: Int
  /// Where the slots of each list begin in `slots`; one more than there are lists.
  private let starts: [Int]
  private let slots: [UInt32]

  /// - Parameters:
  ///   - centers: The centers, numbered from 0.
  ///   - assignment: The list of each slot of the segment that is searched.
  ///   - probes: How many lists a search looks into.
  init(centers: VectorSegment, assignment: [UInt32], probes: Int) {
    self.centers = centers
    self.probes = probes
    var starts = [Int](repeating: 0, count: centers.count + 1)
    for list in assignment { starts[Int(list) + 1] += 1 }
    for list in 0..<centers.count { starts[list + 1] += starts[list] }
    var next = starts
    var slots = [UInt32](repeating: 0, count: assignment.count)
    for (slot, list) in assignment.enumerated() {
      slots[next[Int(list)]] = UInt32(slot)
      next[Int(list)] += 1
    }
    self.starts = starts
    self.slots = slots
  }

  /// The slots of the lists that are nearest to a query, in ascending order.
  ///
  /// - Parameters:
  ///   - query: A vector of unit length.
  ///   - probes: How many lists; `nil` takes what was measured to be enough.
  ///   - dead: Slots to leave out.
  /// - Returns: What is to be scanned.
  /// - Throws: As ``VectorScan/best(_:for:in:selections:)``.
  func selection(
    for query: [Float], probes: Int? = nil, dead: SlotSet
  ) throws -> SlotSelection {
    let nearest = try VectorScan.best(
      probes ?? self.probes, for: query,
      in: VectorSnapshot(dimension: query.count, parts: [.init(segment: centers)]),
      selections: [.all])
    var chosen: [UInt32] = []
    for center in nearest {
      let list = Int(center.id)
      chosen += slots[starts[list]..<starts[list + 1]].filter { !dead.contains(Int($0)) }
    }
    chosen.sort()
    return .only(chosen)
  }
}

extension VectorSnapshot {
  /// What a search of `limit` pictures has to scan if it need not be exact; `nil` where there is
  /// no index or it is of no use.
  func approximateSelections(for query: [Float], limit: Int) throws -> [SlotSelection]? {
    // The recall of the index was measured for few hits only.
    guard let approximate, limit <= 100, let first = parts.first else { return nil }
    var selections = selections(of: nil)
    selections[0] = try approximate.selection(for: query, dead: first.dead)
    return selections
  }
}
