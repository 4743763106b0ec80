import Foundation
import Threads

extension SQLiteStore {
  package func buildApproximateIndex(
    texts: [[Float]], recall: Double, lists: Int?, progress: (Double) -> Void
  ) async throws -> PictureLibrary.ApproximateReport {
    try await offloaded {
      let store = vectorStore(.picture)
      for attempt in 0..<2 {
        do {
          return try build(store, texts: texts, recall: recall, lists: lists, progress)
        } catch is DamagedSegment where attempt == 0 {
          store.discard("is damaged")
        }
      }
      throw SearchError.database(folder: name, reason: "a file of vectors is damaged again")
    }
  }

  package func removeApproximateIndex() async throws {
    try await offloaded { vectorStore(.picture).removeApproximateIndex() }
  }

  private func build(
    _ store: VectorStore, texts: [[Float]], recall: Double, lists: Int?,
    _ progress: (Double) -> Void
  ) throws -> PictureLibrary.ApproximateReport {
    try store.compact()
    guard let snapshot = try store.snapshot()?.snapshot, let part = snapshot.parts.first else {
      throw SearchError.emptyLibrary(folder: name)
    }
    let count = lists ?? Int(4 * Double(part.segment.count).squareRoot())
    guard count >= 2, count * 4 <= part.segment.count else {
      throw SearchError.invalidArgument(
        name: "the number of lists", value: "\(count)",
        allowed: "2 to a quarter of the \(part.segment.count) pictures")
    }
    let (centers, assignment) = try ApproximateIndexBuilder(
      segment: part.segment, dead: part.dead, listCount: count
    ).build(progress)
    let pictures = try stride(
      from: 0, to: part.segment.count, by: max(1, part.segment.count / 100)
    ).map { try part.segment.vector(slot: $0) }
    let index = ApproximateIndex(centers: centers, assignment: assignment, probes: 1)
    var report = try ApproximateGate(snapshot: snapshot, index: index)
      .measure(texts: texts, pictures: pictures)
    report.chosen =
      report.settings.first { min($0.textRecall ?? 1, $0.pictureRecall) >= recall }?.probes
    try store.install(report.chosen, centers: centers, lists: assignment, of: part.segment)
    return report
  }
}

/// Measures how much of the exact answers an index finds.
private struct ApproximateGate {
  let snapshot: VectorSnapshot
  let index: ApproximateIndex

  func measure(
    texts: [[Float]], pictures: [[Float]]
  ) throws -> PictureLibrary.ApproximateReport {
    let exactTexts = try texts.map { try answer($0, probes: nil) }
    let exactPictures = try pictures.map { try answer($0, probes: nil) }
    var settings: [PictureLibrary.ApproximateReport.Setting] = []
    var probes = 1
    while probes <= max(1, index.centers.count / 4) {
      let textAnswers = try texts.map { try answer($0, probes: probes) }
      let pictureAnswers = try pictures.map { try answer($0, probes: probes) }
      settings.append(
        .init(
          probes: probes,
          textRecall: texts.isEmpty ? nil : Self.recall(textAnswers, exactTexts),
          pictureRecall: Self.recall(pictureAnswers, exactPictures),
          milliseconds: Self.median(textAnswers + pictureAnswers)))
      probes *= 2
    }
    return PictureLibrary.ApproximateReport(
      lists: index.centers.count, exactMilliseconds: Self.median(exactTexts + exactPictures),
      settings: settings, chosen: nil)
  }

  private struct Answer {
    let ids: Set<Int64>
    let milliseconds: Double
  }

  private func answer(_ query: [Float], probes: Int?) throws -> Answer {
    let start = ContinuousClock.now
    var selections = snapshot.selections(of: nil)
    if let probes, let first = snapshot.parts.first {
      selections[0] = try index.selection(for: query, probes: probes, dead: first.dead)
    }
    let found = try VectorScan.best(10, for: query, in: snapshot, selections: selections)
    return Answer(
      ids: Set(found.map(\.id)), milliseconds: (ContinuousClock.now - start) / .milliseconds(1))
  }

  private static func recall(_ answers: [Answer], _ exact: [Answer]) -> Double {
    let shares = zip(answers, exact).map {
      Double($0.ids.intersection($1.ids).count) / Double(max(1, $1.ids.count))
    }
    return shares.reduce(0, +) / Double(max(1, shares.count))
  }

  private static func median(_ answers: [Answer]) -> Double {
    let sorted = answers.map(\.milliseconds).sorted()
    return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
  }
}
