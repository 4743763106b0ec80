import CLIPData

/// Samples whose pictures are cut off or damaged and were learned from as far as they go: each of the
/// first is named once, and their number at the end.
struct DamagedSamples {
  private var seen = Set<Int>()

  private static let named = 20

  /// Names a sample when it is met for the first time.
  mutating func note(_ damage: SampleBatch.Damage, _ log: TrainingLog) {
    guard seen.insert(damage.index).inserted, seen.count <= Self.named else { return }
    log.warning("Sample \(damage.index) is damaged: \(damage.reason)")
  }

  /// Says how many there were.
  func report(to log: TrainingLog) {
    guard !seen.isEmpty else { return }
    log.warning(
      "\(seen.count) damaged \(seen.count == 1 ? "picture was" : "pictures were") learned from as "
        + "far as they go; cnclip dataset check names them all")
  }
}
