package import CLIPSearch
import Threads

extension PostgresStore {
  package func buildApproximateIndex(
    texts: [[Float]], recall: Double, lists: Int?, progress: (Double) -> Void
  ) async throws -> PictureLibrary.ApproximateReport {
    guard lists == nil else {
      throw SearchError.unsupported(
        store: name, what: "Choosing the number of lists (its index is a graph, HNSW)")
    }
    guard let view = try await vectors(of: .picture, where: nil) as? PostgresView else {
      throw SearchError.emptyLibrary(folder: name)
    }
    try await build(view)
    progress(0.8)
    let report = try await measure(view, texts: texts, recall: recall)
    progress(1)
    if report.chosen == nil { try await removeApproximateIndex() }
    return report
  }

  package func removeApproximateIndex() async throws {
    try await transaction { transaction in
      try transaction.connection.query("UPDATE library SET search_width = NULL")
      try transaction.connection.query("DROP INDEX IF EXISTS vectors_by_nearness")
    }
  }

  private func build(_ view: PostgresView) async throws {
    try await transaction { transaction in
      try transaction.connection.query("SET LOCAL statement_timeout = 0")
      try transaction.connection.query("DROP INDEX IF EXISTS vectors_by_nearness")
      try transaction.connection.query(
        """
        CREATE INDEX vectors_by_nearness ON vectors
        USING hnsw ((data::halfvec(\(view.model.dimension))) halfvec_ip_ops)
        WHERE model_id = \(view.number) AND kind = 0
        """)
    }
  }

  /// Finds the smallest `hnsw.ef_search` at which a search finds what the exact one does.
  private func measure(
    _ view: PostgresView, texts: [[Float]], recall: Double
  ) async throws -> PictureLibrary.ApproximateReport {
    let ids = try await view.ids()
    let sample = stride(from: 0, to: ids.count, by: max(1, ids.count / 100)).map { ids[$0] }
    let pictures = try await view.vectors(of: sample).compactMap { $0 }
    let exactTexts = try await answers(view, texts, width: nil)
    let exactPictures = try await answers(view, pictures, width: nil)
    var settings: [PictureLibrary.ApproximateReport.Setting] = []
    for width in [40, 80, 160, 320, 640, 1000] {
      let foundTexts = try await answers(view, texts, width: Int64(width))
      let foundPictures = try await answers(view, pictures, width: Int64(width))
      settings.append(
        .init(
          probes: width, textRecall: texts.isEmpty ? nil : foundTexts.recall(of: exactTexts),
          pictureRecall: foundPictures.recall(of: exactPictures),
          milliseconds: (foundTexts + foundPictures).median))
    }
    let chosen = settings.first { min($0.textRecall ?? 1, $0.pictureRecall) >= recall }?.probes
    try await transaction {
      try $0.connection.query(
        "UPDATE library SET search_width = $1",
        [chosen.map { .integer(Int64($0)) } ?? .null])
    }
    return PictureLibrary.ApproximateReport(
      lists: 0, exactMilliseconds: (exactTexts + exactPictures).median, settings: settings,
      chosen: chosen)
  }

  private func answers(
    _ view: PostgresView, _ queries: [[Float]], width: Int64?
  ) async throws -> [Answer] {
    var view = view
    view.searchWidth = width
    var answers: [Answer] = []
    for query in queries {
      let start = ContinuousClock.now
      let found = try await view.nearest(10, to: [query], isExact: width == nil)
      answers.append(
        Answer(
          ids: Set(found.flatMap { $0.map(\.id) }),
          milliseconds: (ContinuousClock.now - start) / .milliseconds(1)))
    }
    return answers
  }
}

/// The ten best of a query, and how long they took.
private struct Answer {
  let ids: Set<Int64>
  let milliseconds: Double
}

extension [Answer] {
  /// The mean share of other answers that are in these.
  fileprivate func recall(of exact: [Answer]) -> Double {
    let shares = zip(self, exact).map {
      Double($0.ids.intersection($1.ids).count) / Double(Swift.max(1, $1.ids.count))
    }
    return shares.reduce(0, +) / Double(Swift.max(1, shares.count))
  }

  fileprivate var median: Double {
    let sorted = map(\.milliseconds).sorted()
    return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
  }
}
