import Foundation

extension PictureLibrary {
  /// How an approximate index does, as measured on the library itself.
  public struct ApproximateReport: Sendable, Codable, Equatable {
    /// What a number of lists is good for.
    public struct Setting: Sendable, Codable, Equatable {
      /// Lists that a search looks into.
      public var probes: Int
      /// The share of the exact ten best that it finds for texts; `nil` without a model.
      public var textRecall: Double?
      /// The share of the exact ten best that it finds for pictures.
      public var pictureRecall: Double
      /// Milliseconds of a search, the median.
      public var milliseconds: Double
    }

    /// How many lists there are.
    public var lists: Int
    /// Milliseconds of an exact search, the median.
    public var exactMilliseconds: Double
    /// What was tried, fewest lists first.
    public var settings: [Setting]
    /// The lists that searches look into from now on; `nil` if nothing tried reached the wanted
    /// recall: then the index was thrown away, and searches stay exact.
    public var chosen: Int?
  }

  /// Makes an approximate index, for libraries of a million pictures and more.
  ///
  /// Its recall is measured with words as texts and with pictures of the library, against the exact
  /// search; the fewest lists that reach the wanted recall for both are taken. From then on,
  /// searches without a filter and for at most a hundred hits use it, unless
  /// ``SearchQuery/isExact`` is set.
  ///
  /// - Parameters:
  ///   - recall: The least share of the ten best that must be found, `0.5...1`.
  ///   - lists: How many lists; `nil` takes four times the square root of the number of pictures.
  ///   - progress: Called with the share that is done, `0...1`.
  /// - Returns: What was measured.
  /// - Throws: ``SearchError``, and what the model throws while it embeds the words.
  public func buildApproximateIndex(
    recall: Double = 0.98, lists: Int? = nil, progress: (Double) -> Void = { _ in }
  ) async throws -> ApproximateReport {
    guard (0.5...1).contains(recall) else {
      throw SearchError.invalidArgument(
        name: "the recall", value: "\(recall)", allowed: "0.5 to 1")
    }
    try pictureVectors.compact()
    let words = model == nil ? [] : try WordList.bundled("cluster-words")
    let texts = words.isEmpty ? [] : try await promptVectors(Array(words.prefix(100)))
    return try scanning(.picture) { snapshot in
      guard let part = snapshot.parts.first else {
        throw SearchError.emptyLibrary(folder: folder)
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
        report.settings.first {
          min($0.textRecall ?? 1, $0.pictureRecall) >= recall
        }?.probes
      try pictureVectors.install(
        report.chosen, centers: centers, lists: assignment, of: part.segment)
      return report
    }
  }

  /// Throws the approximate index away: every search is exact again.
  public func removeApproximateIndex() { pictureVectors.removeApproximateIndex() }
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
