/// The vectors of a library at one moment: segments, and which of their slots count.
package struct VectorSnapshot: Sendable {
  /// A segment with the slots that were replaced or removed since it was made.
  package struct Part: Sendable {
    package let segment: VectorSegment
    package var dead: SlotSet

    package init(segment: VectorSegment) {
      self.segment = segment
      dead = SlotSet(count: segment.count)
    }

    /// Slots that count.
    package var liveCount: Int { segment.count - dead.population }
  }

  package let dimension: Int
  package var parts: [Part]
  /// Lists over the slots of the first part, where the library has such an index.
  var approximate: ApproximateIndex?

  package init(dimension: Int, parts: [Part] = []) {
    self.dimension = dimension
    self.parts = parts
  }

  /// Vectors that count.
  package var count: Int { parts.reduce(0) { $0 + $1.liveCount } }

  /// Refuses to read on when a file of vectors has become shorter than what is mapped of it.
  func checkFiles() throws(DamagedSegment) {
    for part in parts where !part.segment.block.isWhole { throw DamagedSegment() }
  }

  /// Marks the picture's vector, where there is one, as replaced or removed.
  package mutating func remove(_ id: Int64) {
    for index in parts.indices {
      if let slot = parts[index].segment.slot(of: id) { parts[index].dead.insert(slot) }
    }
  }

  /// The vector of a picture.
  package func vector(of id: Int64) throws(DamagedSegment) -> [Float]? {
    for part in parts {
      if let slot = part.segment.slot(of: id), !part.dead.contains(slot) {
        return try part.segment.vector(slot: slot)
      }
    }
    return nil
  }

  /// The slots of each part that may answer: those of the given pictures, or all that count.
  ///
  /// - Parameter ids: Picture numbers in ascending order; `nil` for all.
  /// - Returns: A selection for each part.
  package func selections(of ids: [Int64]?) -> [SlotSelection] {
    parts.map { part in
      guard let ids else { return part.dead.population == 0 ? .all : .allBut(part.dead) }
      var slots: [UInt32] = []
      var slot = 0
      for id in ids {
        if slot < part.segment.count, part.segment.ids[slot] < id {
          slot = part.segment.firstSlot(notBelow: id, from: slot)
        }
        guard slot < part.segment.count else { break }
        if part.segment.ids[slot] == id, !part.dead.contains(slot) { slots.append(UInt32(slot)) }
      }
      return .only(slots)
    }
  }
}

/// Which slots of a segment are scanned.
package enum SlotSelection: Sendable {
  case all
  case allBut(SlotSet)
  /// In ascending order.
  case only([UInt32])
}
