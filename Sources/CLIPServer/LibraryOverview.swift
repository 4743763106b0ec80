import CLIPSearch
import Synchronization

/// What is asked of the library with every request but changes rarely, kept for a moment.
final class LibraryOverview: Sendable {
  /// Numbers and folders at one moment.
  struct Snapshot: Sendable {
    var statistics: LibraryStatistics
    var folders: [(path: String, count: Int)]
    var names: FolderNames
  }

  private let library: PictureLibrary
  private let lifetime: Duration
  private let state = Mutex<(snapshot: Snapshot, until: ContinuousClock.Instant)?>(nil)

  /// An overview whose answers may be `lifetime` old; changes by other processes show after it.
  init(library: PictureLibrary, lifetime: Duration = .seconds(2)) {
    self.library = library
    self.lifetime = lifetime
  }

  /// The numbers now, or those of a moment ago.
  func current() async throws -> Snapshot {
    if let known = state.withLock(\.self), known.until > .now { return known.snapshot }
    let folders = try await library.folders()
    let snapshot = Snapshot(
      statistics: try await library.statistics(), folders: folders,
      names: FolderNames(folders: folders.map(\.path)))
    state.withLock { $0 = (snapshot, .now + lifetime) }
    return snapshot
  }

  /// Forgets what is kept, after a change by this process.
  func invalidate() {
    state.withLock { $0 = nil }
  }
}
