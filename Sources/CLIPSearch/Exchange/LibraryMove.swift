import CLIPImages
import Foundation

extension PictureLibrary {
  /// What a move came to.
  public struct MoveReport: Sendable, Codable, Equatable {
    /// Pictures that are in both stores now, the same in both.
    public var pictures = 0
    /// Pictures that this run has written; the others were there from an earlier one.
    public var written = 0
    /// Vectors of pictures and of captions.
    public var vectors = 0
    /// Notes that came along: files not readable or to be passed over, folders, texts' vectors.
    public var notes = 0
    /// How long it took.
    public var seconds = 0.0
  }

  /// Copies everything into another store, and compares both at the end.
  ///
  /// It may be stopped at any moment, or killed; the next run goes on. Pictures keep their order, but
  /// not their numbers. What lies in the library's folder (thumbnails, added pictures) serves both.
  ///
  /// - Parameters:
  ///   - target: A library over the same folder, with another store that holds nothing, or only what
  ///     an earlier run has brought.
  ///   - progress: Called with the pictures done.
  /// - Returns: What was done.
  /// - Throws: ``SearchError``, also if the stores differ at the end.
  public func copy(
    to target: PictureLibrary, progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws -> MoveReport {
    let start = ContinuousClock.now
    var report = try await LibraryMove(source: store, target: target.store).run(progress)
    report.seconds = (ContinuousClock.now - start) / .seconds(1)
    return report
  }
}

/// Brings all that a store keeps into another.
struct LibraryMove {
  /// Pictures at a time.
  private static let portion = 1_000
  /// Differences that are named.
  private static let named = 5

  let source: any PictureStore
  let target: any PictureStore

  func run(_ progress: @Sendable (Int) -> Void) async throws -> PictureLibrary.MoveReport {
    let head = try await source.head()
    guard head.pending == nil else {
      throw SearchError.unsupported(
        store: source.name, what: "Moving a library whose model is being changed")
    }
    guard let model = head.model else { throw SearchError.emptyLibrary(folder: source.name) }
    try await target.adopt(model)
    var report = PictureLibrary.MoveReport()
    var last: Int64 = 0
    while case let page = try await source.page(after: last, limit: Self.portion),
      let end = page.last
    {
      try Task.checkCancellation()
      report.written += try await bring(page, model)
      last = end.picture.id
      report.pictures += page.count
      progress(report.pictures)
    }
    report.notes = try await bringNotes(model)
    try await target.compact()
    report.vectors = try await compare(model)
    return report
  }

  /// Writes what the target does not have yet.
  private func bring(_ page: [StoredPicture], _ model: StoredModel) async throws -> Int {
    let states = try await target.states(ofFiles: page.map(\.picture.path))
    let missing = zip(page, states).filter { stored, state in
      guard case .picture(_, stored.entry.status, stored.vector != nil) = state else { return true }
      return false
    }.map(\.0)
    guard !missing.isEmpty else { return 0 }
    let outcomes = try await target.write(missing.map { .save($0.entry) }, by: model)
    // What was there before keeps what is left out; here it is to be as in the source.
    let corrections = zip(missing, outcomes).flatMap { stored, outcome -> [StoreChange] in
      guard case .changed(let id) = outcome else { return [] }
      return [
        .caption(stored.picture.caption, vector: stored.captionVector, of: id),
        .tags(stored.picture.tags, of: id),
      ]
    }
    if !corrections.isEmpty { try await target.write(corrections, by: model) }
    return missing.count
  }

  private func bringNotes(_ model: StoredModel) async throws -> Int {
    let folders = try await source.allowedFolders()
    let forgotten = try await source.forgotten()
    let failures = try await source.failures(below: nil)
    let states = try await source.states(ofFiles: failures.map(\.path))
    let prompts = try await source.prompts(of: model)
    var changes = folders.map { StoreChange.allow(folder: $0) }
    changes += forgotten.map { .forget(path: $0) }
    changes += zip(failures, states).map { failure, state in
      // A picture may be known at a path that could not be looked at lately: then that is a note.
      guard case .failed(let status, let reason) = state, status != FileStatus(size: 0, modified: 0)
      else { return .miss(path: failure.path, reason: failure.reason) }
      return .fail(path: failure.path, status, reason: reason)
    }
    for start in stride(from: 0, to: changes.count, by: Self.portion) {
      try await target.write(
        Array(changes[start..<min(start + Self.portion, changes.count)]), by: nil)
    }
    try await target.keep(prompts, of: model)
    return changes.count + prompts.count
  }

  // MARK: Comparing

  /// Compares all pictures of both stores, whatever their order.
  ///
  /// - Returns: How many vectors there are.
  private func compare(_ model: StoredModel) async throws -> Int {
    let before = try await StoreDigest(of: source)
    let after = try await StoreDigest(of: target)
    if before == after { return before.vectors }
    if after.pictures > before.pictures {
      throw SearchError.difference(
        source: source.name, target: target.name,
        what: "the target holds \(after.pictures - before.pictures) more pictures; move into one "
          + "that is empty")
    }
    let names = try await differences()
    throw SearchError.difference(
      source: source.name, target: target.name,
      what: names.isEmpty
        ? "\(before.pictures) pictures and \(before.vectors) vectors are "
          + "\(after.pictures) and \(after.vectors) there; was one of them changed meanwhile?"
        : "among the pictures that differ are \(names.joined(separator: ", ")); was one of the "
          + "stores changed meanwhile?")
  }

  /// Some pictures that are not the same in both.
  private func differences() async throws -> [String] {
    var names: [String] = []
    var last: Int64 = 0
    while case let page = try await source.page(after: last, limit: Self.portion),
      let end = page.last, names.count < Self.named
    {
      for stored in page where names.count < Self.named {
        let id = try await target.id(ofPath: stored.picture.path)
        let other = try await id.asyncFlatMap { try await target.page(after: $0 - 1, limit: 1) }
        guard other?.first?.digest != stored.digest else { continue }
        names.append(stored.picture.path)
      }
      last = end.picture.id
    }
    return names
  }
}

extension Optional {
  fileprivate func asyncFlatMap<Value>(
    _ transform: (Wrapped) async throws -> Value
  ) async rethrows -> Value? {
    guard let self else { return nil }
    return try await transform(self)
  }
}

/// What a store holds, as a few numbers that do not depend on the order of its pictures.
private struct StoreDigest: Equatable {
  var pictures = 0
  var vectors = 0
  var sum: UInt64 = 0

  init(of store: any PictureStore) async throws {
    var last: Int64 = 0
    while case let page = try await store.page(after: last, limit: 1_000), let end = page.last {
      try Task.checkCancellation()
      for stored in page {
        pictures += 1
        vectors += (stored.vector == nil ? 0 : 1) + (stored.captionVector == nil ? 0 : 1)
        sum &+= stored.digest
      }
      last = end.picture.id
    }
  }
}

extension StoredPicture {
  /// The picture as a store takes it.
  fileprivate var entry: CatalogueEntry {
    var entry = CatalogueEntry(
      path: picture.path, status: FileStatus(size: picture.size, modified: picture.modified),
      content: content)
    entry.format = picture.format
    entry.width = picture.width
    entry.height = picture.height
    entry.taken = picture.taken
    entry.camera = picture.camera
    entry.caption = picture.caption
    entry.tags = picture.tags
    entry.vector = vector
    entry.captionVector = captionVector
    return entry
  }

  /// A fingerprint of everything but the number, which each store gives itself.
  fileprivate var digest: UInt64 {
    var bytes = Data()
    func add(_ field: Data?) {
      withUnsafeBytes(of: (field?.count ?? -1).littleEndian) { bytes.append(contentsOf: $0) }
      bytes.append(field ?? Data())
    }
    add(Data(picture.path.utf8))
    for number in [picture.size, picture.modified, Int64(picture.width), Int64(picture.height)] {
      withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }
    for text in [picture.format, picture.taken ?? "", picture.camera ?? "", picture.caption ?? ""]
      + picture.tags
    {
      add(Data(text.utf8))
    }
    add(content)
    add(vector.map(VectorCodec.encode))
    add(captionVector.map(VectorCodec.encode))
    return PictureFile.fingerprint(bytes).reduce(0) { ($0 &* 31) &+ UInt64($1) }
  }
}
