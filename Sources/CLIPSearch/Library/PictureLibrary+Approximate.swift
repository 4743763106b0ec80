extension PictureLibrary {
  /// How an approximate index does, as measured on the library itself.
  public struct ApproximateReport: Sendable, Codable, Equatable {
    /// What a number of lists is good for.
    public struct Setting: Sendable, Codable, Equatable {
      /// Lists that a search looks into; where the index is a graph, how many candidates it keeps
      /// (`hnsw.ef_search`).
      public var probes: Int
      /// The share of the exact ten best that it finds for texts; `nil` without a model.
      public var textRecall: Double?
      /// The share of the exact ten best that it finds for pictures.
      public var pictureRecall: Double
      /// Milliseconds of a search, the median.
      public var milliseconds: Double

      package init(
        probes: Int, textRecall: Double?, pictureRecall: Double, milliseconds: Double
      ) {
        self.probes = probes
        self.textRecall = textRecall
        self.pictureRecall = pictureRecall
        self.milliseconds = milliseconds
      }
    }

    /// How many lists there are; 0 where the index is a graph.
    public var lists: Int
    /// Milliseconds of an exact search, the median.
    public var exactMilliseconds: Double
    /// What was tried, fewest lists first.
    public var settings: [Setting]
    /// The lists that searches look into from now on; `nil` if nothing tried reached the wanted
    /// recall: then the index was thrown away, and searches stay exact.
    public var chosen: Int?

    package init(lists: Int, exactMilliseconds: Double, settings: [Setting], chosen: Int?) {
      self.lists = lists
      self.exactMilliseconds = exactMilliseconds
      self.settings = settings
      self.chosen = chosen
    }
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
    guard let store = store as? any ApproximateStore else {
      throw SearchError.unsupported(store: store.name, what: "An approximate index of our own")
    }
    let words = model == nil ? [] : try WordList.bundled("cluster-words")
    let texts = words.isEmpty ? [] : try await promptVectors(Array(words.prefix(100)))
    return try await store.buildApproximateIndex(
      texts: texts, recall: recall, lists: lists, progress: progress)
  }

  /// Throws the approximate index away: every search is exact again.
  public func removeApproximateIndex() async throws {
    try await (store as? any ApproximateStore)?.removeApproximateIndex()
  }
}
