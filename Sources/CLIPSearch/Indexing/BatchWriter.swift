import CLIPImages
import CLIPModels

/// Writes what reading a batch of files came to, all of it or nothing.
struct BatchWriter {
  let store: any PictureStore
  let model: StoredModel

  /// - Parameters:
  ///   - batch: What is to be written.
  ///   - vectors: Unit vectors of the new pictures in their order; `nil` where the model gave
  ///     something that is no direction.
  ///   - report: Takes the counts, if all was written.
  /// - Throws: ``SearchError``; then nothing was written.
  func write(
    _ batch: [PreparedPicture], vectors: [[Float]?], report: inout IndexReport
  ) async throws {
    guard !batch.isEmpty else { return }
    var remaining = vectors[...]
    let changes = batch.map { picture -> StoreChange in
      switch picture {
      case .known(let id, let file): return .touch(id: id, file.status)
      case .moved(let id, let old, let entry): return .move(id: id, from: old, to: entry)
      case .copy(let entry): return .save(entry)
      case .failure(let file, let reason):
        return .fail(path: file.path, file.status, reason: reason)
      case .new(var entry, _):
        guard let vector = remaining.popFirst() ?? nil else {
          return .fail(
            path: entry.path, entry.status, reason: "the model gave no usable vector for it")
        }
        entry.vector = vector
        return .save(entry)
      }
    }
    let outcomes = try await store.write(changes, by: model)
    for (change, outcome) in zip(changes, outcomes) { report.count(change, outcome) }
    for case .new(let entry, let image) in batch {
      guard let warning = image.warning else { continue }
      report.warnings.append(IndexFailure(path: entry.path, reason: warning))
    }
  }
}

extension IndexReport {
  /// Counts what became of a change.
  fileprivate mutating func count(_ change: StoreChange, _ outcome: StoreOutcome) {
    switch (change, outcome) {
    case (.touch, _): unchanged += 1
    case (.save, .added), (.move, .added): added += 1
    case (.save, _), (.move, .changed): changed += 1
    case (.move, _): moved += 1
    case (.fail(let path, _, let reason), _):
      if outcome == .removed { removed += 1 }
      failures.append(IndexFailure(path: path, reason: reason))
    default: break
    }
  }
}
