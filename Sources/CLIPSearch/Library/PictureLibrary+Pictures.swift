extension PictureLibrary {
  /// How pictures are listed.
  public enum Order: String, Sendable, CaseIterable {
    /// By when they were taken, newest first; pictures without a date last.
    case newest
    /// By path.
    case path
    /// By number: as they came in.
    case added
    /// By number, the last that came in first.
    case latest
  }

  /// A picture by its number; `nil` if there is none.
  public func picture(_ id: Int64) async throws -> Picture? { try await pictures([id]).first }

  /// Pictures by their numbers, in the order of the numbers given; unknown ones are left out.
  public func pictures(_ ids: [Int64]) async throws -> [Picture] {
    try await store.pictures(ids)
  }

  /// Pictures for which a filter holds.
  ///
  /// - Parameters:
  ///   - filter: `nil` for all.
  ///   - order: Which come first.
  ///   - limit: How many at most.
  ///   - offset: How many to leave out before them.
  /// - Returns: The pictures in that order.
  /// - Throws: ``SearchError`` if the store cannot be read.
  public func pictures(
    where filter: PictureFilter?, order: Order = .newest, limit: Int, offset: Int = 0
  ) async throws -> [Picture] {
    try await store.pictures(where: filter, order: order, limit: limit, offset: offset)
  }

  /// How many pictures a filter holds for.
  public func count(where filter: PictureFilter?) async throws -> Int {
    try await store.count(where: filter)
  }

  /// The number of the picture with the given path.
  public func id(ofPath path: String) async throws -> Int64? {
    try await store.id(ofPath: Paths.absolute(path))
  }

  /// All tags with the number of pictures that have them, most used first.
  public func tags() async throws -> [(tag: String, count: Int)] { try await store.tags() }

  /// All folders that hold pictures, as absolute paths in order, with the number of pictures
  /// directly in each.
  public func folders() async throws -> [(path: String, count: Int)] {
    try await store.folders()
  }

  /// The unit vector of a picture; `nil` if it has none.
  public func vector(of id: Int64) async throws -> [Float]? {
    guard try await store.head().model != nil else { return nil }
    return try await scanning(.picture) { try await $0.vectors(of: [id]).first ?? nil }
  }

  /// Calls a closure for each picture, in order of numbers, with all there is of it.
  func forEachPicture(_ body: (StoredPicture) throws -> Void) async throws {
    guard try await store.head().model != nil else {
      throw SearchError.emptyLibrary(folder: store.name)
    }
    var last: Int64 = 0
    while case let page = try await store.page(after: last, limit: 500), let end = page.last {
      for picture in page { try body(picture) }
      last = end.picture.id
      try Task.checkCancellation()
    }
  }
}
