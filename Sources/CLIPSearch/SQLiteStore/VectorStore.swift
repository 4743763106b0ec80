import Foundation
import GRDB
import Logging
import Synchronization

/// The vectors of one kind, ready to be scanned and never older than the database.
///
/// A search asks for ``snapshot()``. When the database has not changed since the last one, that
/// is a look at one row; otherwise only the rows that changed are read and put into a small segment
/// of their own. Segments are melted into one file when the small ones have grown.
final class VectorStore: Sendable {
  /// Fewer vectors than this are read from the database faster than from a file.
  private static let fileMinimum = 2048
  /// More small segments than this are melted into one.
  private static let segmentMaximum = 8

  private struct State {
    var identity: SegmentFile.Identity
    var model: LibraryHead.Model
    var revision: Int64
    var snapshot: VectorSnapshot
    /// Vectors that are in the file, dead ones included; 0 without a file.
    var fileCount: Int
  }

  let kind: VectorKind
  private let database: LibraryDatabase
  private let file: SegmentFile
  private let approximateFile: ApproximateIndexFile
  private let state = Mutex<State?>(nil)

  init(kind: VectorKind, database: LibraryDatabase) {
    self.kind = kind
    self.database = database
    let path = database.folder + "/" + kind.name
    file = SegmentFile(path: path + ".vectors")
    approximateFile = ApproximateIndexFile(path: path + ".index")
  }

  /// The vectors as the database has them now, and what made them; `nil` while the library has no
  /// model.
  func snapshot() throws -> (snapshot: VectorSnapshot, model: StoredModel)? {
    try state.withLock { state in
      if let found = state?.snapshot, (try? found.checkFiles()) == nil {
        report("has become shorter")
        unlink(file.path)
        state = nil
      }
      try refresh(&state)
      return state.map { ($0.snapshot, $0.model.model) }
    }
  }

  /// Brings the state to what the database has now.
  private func refresh(_ state: inout State?) throws {
    try database.read { database in
      let head = try LibraryHead.fetch(database)
      guard let model = head.model else {
        state = nil
        return
      }
      let identity = SegmentFile.Identity(
        library: head.uuid, model: model.model.fingerprint, kind: kind,
        dimension: model.model.dimension)
      if let current = state, current.identity == identity, current.model.id == model.id,
        current.revision == head.revision
      {
        return
      }
      if state?.identity != identity || state?.model.id != model.id
        || (state?.revision ?? 0) < head.removalsStart
        || (state?.revision ?? 0) > head.revision
      {
        state = try load(database, head, identity, model)
      }
      if var current = state {
        try update(&current, database, head)
        state = current
      }
    }
  }

  /// Says that a file is not what was written, and that it is made again.
  private func report(_ problem: String) {
    Logger(label: "cnclip.library").warning(
      "\(file.path) \(problem); it is made again from the database")
  }

  /// Throws the file and everything in memory away; the next snapshot is made from the database.
  ///
  /// - Parameter problem: What is wrong with the file, to be logged.
  func discard(_ problem: String? = nil) {
    if let problem { report(problem) }
    state.withLock { state in
      unlink(file.path)
      state = nil
    }
  }

  /// Melts all segments into the file if more than a few vectors lie outside of it.
  func compact() throws {
    guard try snapshot() != nil else { return }
    try state.withLock { state in
      guard let current = state else { return }
      let outside = current.snapshot.parts.dropFirst(current.fileCount > 0 ? 1 : 0)
        .reduce(0) { $0 + $1.segment.count }
      let dead = current.snapshot.parts.first.map(\.dead.population) ?? 0
      guard current.snapshot.count >= Self.fileMinimum,
        current.fileCount == 0 || outside + dead > max(512, current.fileCount / 50)
      else { return }
      try database.read { database in
        let head = try LibraryHead.fetch(database)
        guard let model = head.model else { return }
        state = try read(database, head, current.identity, model)
      }
    }
  }

  /// Takes an approximate index into use and keeps it; without `probes`, throws it away.
  func install(
    _ probes: Int?, centers: VectorSegment, lists: [UInt32], of segment: VectorSegment
  ) throws {
    guard let probes else { return removeApproximateIndex() }
    try state.withLock { state in
      guard let identity = state?.identity else { return }
      try approximateFile.write(
        identity, centers: centers, lists: lists, of: segment, probes: probes)
      // Other changes may have come meanwhile: only the segment that was indexed can use it.
      if state?.snapshot.parts.first?.segment === segment, (state?.fileCount ?? 0) > 0 {
        state?.snapshot.approximate = ApproximateIndex(
          centers: centers, assignment: lists, probes: probes)
      }
    }
  }

  /// Throws the approximate index away.
  func removeApproximateIndex() {
    state.withLock { state in
      approximateFile.remove()
      state?.snapshot.approximate = nil
    }
  }

  /// From the file if it fits, else from all rows.
  private func load(
    _ database: Database, _ head: LibraryHead, _ identity: SegmentFile.Identity,
    _ model: LibraryHead.Model
  ) throws -> State {
    if let found = file.open(identity), found.revision <= head.revision,
      found.revision >= head.removalsStart
    {
      var snapshot = VectorSnapshot(
        dimension: identity.dimension, parts: [.init(segment: found.segment)])
      snapshot.approximate = approximateFile.open(identity, for: found.segment)
      return State(
        identity: identity, model: model, revision: found.revision, snapshot: snapshot,
        fileCount: found.segment.count)
    }
    return try read(database, head, identity, model)
  }

  /// From all rows, into a new file if that is worth it and possible, else into memory.
  private func read(
    _ database: Database, _ head: LibraryHead, _ identity: SegmentFile.Identity,
    _ model: LibraryHead.Model
  ) throws -> State {
    let rows = VectorRows(model: model.id, kind: kind, dimension: identity.dimension)
    let count = try rows.count(database)
    var state = State(
      identity: identity, model: model, revision: head.revision,
      snapshot: VectorSnapshot(dimension: identity.dimension), fileCount: 0)
    guard count > 0 else { return state }
    guard let layout = SegmentLayout(count: count, dimension: identity.dimension) else {
      throw SearchError.database(folder: self.database.folder, reason: "it has too many vectors")
    }
    let center = try rows.center(database, count: count)
    if count >= Self.fileMinimum, !self.database.isReadOnly,
      let segment = try? file.write(
        identity, revision: head.revision, layout: layout, center: center,
        fill: { try rows.fill(&$0, database) })
    {
      state.snapshot.parts = [.init(segment: segment)]
      state.snapshot.approximate = approximateFile.open(identity, for: segment)
      state.fileCount = count
      return state
    }
    // Without room for the file (a full or read-only disk) the search goes on from memory.
    let block = try MemoryBlock.anonymous(size: layout.size)
    var builder = SegmentBuilder(layout: layout, center: center, block: block)
    try rows.fill(&builder, database)
    guard let segment = builder.finish() else {
      throw SearchError.database(
        folder: self.database.folder, reason: "it has vectors of another length than its model's")
    }
    state.snapshot.parts = [.init(segment: segment)]
    return state
  }

  /// Brings a state to the newest revision.
  private func update(_ state: inout State, _ database: Database, _ head: LibraryHead) throws {
    guard state.revision < head.revision else { return }
    let rows = VectorRows(
      model: state.model.id, kind: kind, dimension: state.identity.dimension)
    for id in try rows.removed(database, since: state.revision) { state.snapshot.remove(id) }
    let changed = try rows.changed(database, since: state.revision)
    for id in changed { state.snapshot.remove(id) }
    state.revision = head.revision
    guard !changed.isEmpty else { return }
    let small = state.snapshot.parts.dropFirst(state.fileCount > 0 ? 1 : 0)
    let smallCount = small.reduce(0) { $0 + $1.segment.count } + changed.count
    if smallCount > max(16_384, state.fileCount / 4) {
      state = try read(database, head, state.identity, state.model)
      return
    }
    var ids = changed
    if small.count >= Self.segmentMaximum {
      for part in small {
        for slot in 0..<part.segment.count where !part.dead.contains(slot) {
          ids.append(part.segment.ids[slot])
        }
      }
      ids.sort()
      state.snapshot.parts.removeLast(small.count)
    }
    guard let layout = SegmentLayout(count: ids.count, dimension: state.identity.dimension) else {
      return
    }
    let center = state.snapshot.parts.first.map {
      Array(UnsafeBufferPointer(start: $0.segment.center, count: state.identity.dimension))
    }
    var builder = SegmentBuilder(
      layout: layout, center: try center ?? rows.center(database, count: ids.count),
      block: try .anonymous(size: layout.size))
    try rows.fill(&builder, database, ids: ids)
    if let segment = builder.finish() { state.snapshot.parts.append(.init(segment: segment)) }
  }
}

extension VectorKind {
  /// What their files are called.
  fileprivate var name: String {
    switch self {
    case .picture: "pictures"
    case .caption: "captions"
    }
  }
}
