import Foundation
import Threads

/// Wakes up when something changes in folders.
///
/// On Linux the kernel tells (inotify). Where it cannot, as on network folders or when its watches
/// run out, the folders are looked at again after a while anyway.
final class FolderWatcher: Sendable {
  /// What the watcher rests on, for people.
  enum Method: String, Sendable {
    case kernel
    case polling
  }

  /// More watches than this are not asked for.
  private static let maximumWatches = 100_000

  let method: Method
  private let descriptor: Int32

  /// Watches folders and all their subfolders as they are now.
  init(_ folders: [String]) {
    let descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
    var isComplete = descriptor >= 0
    var waiting = folders
    var count = 0
    let events = UInt32(
      IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF)
    while isComplete, let folder = waiting.popLast() {
      count += 1
      guard count <= Self.maximumWatches, inotify_add_watch(descriptor, folder, events) >= 0 else {
        // A folder that has just gone is no reason to give up.
        isComplete = count <= Self.maximumWatches && errno == ENOENT
        continue
      }
      waiting += Self.subfolders(of: folder)
    }
    if !isComplete, descriptor >= 0 { close(descriptor) }
    self.descriptor = isComplete ? descriptor : -1
    method = isComplete ? .kernel : .polling
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Waits until something has changed and then been quiet for a moment, or until time is up.
  ///
  /// - Parameters:
  ///   - limit: Seconds after which it ends anyway.
  ///   - quiet: Seconds without further changes that end it.
  /// - Throws: `CancellationError`.
  func wait(limit: Double, quiet: Double) async throws {
    guard descriptor >= 0 else { return try await Task.sleep(for: .seconds(limit)) }
    let end = ContinuousClock.now + .seconds(limit)
    var calm: ContinuousClock.Instant?
    while ContinuousClock.now < end {
      if drain() { calm = .now + .seconds(quiet) }
      if let calm, .now >= calm { return }
      try await Task.sleep(for: .milliseconds(200))
    }
  }

  /// Takes all waiting events.
  ///
  /// - Returns: Whether there were any.
  private func drain() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var found = false
    while read(descriptor, &buffer, buffer.count) > 0 { found = true }
    return found
  }

  private static func subfolders(of folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var found: [String] = []
    while let entry = readdir(directory) {
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      guard bytes.first != UInt8(ascii: "."), Int(entry.pointee.d_type) == Int(DT_DIR),
        let name = String(validating: bytes, as: UTF8.self)
      else { continue }
      found.append(folder + "/" + name)
    }
    return found
  }
}

extension Indexer {
  /// Indexes folders, and again each time that something in them changes, until the task is
  /// cancelled.
  ///
  /// - Parameters:
  ///   - paths: Folders.
  ///   - interval: Seconds after which the folders are looked at even without a sign of a change:
  ///     network folders give none.
  ///   - progress: As for ``run(_:progress:)``.
  ///   - onReport: Called after each round, also when it found nothing to do.
  /// - Throws: As ``run(_:progress:)``; being cancelled is no error.
  public func watch(
    _ paths: [String], interval: Double = 60,
    progress: @escaping @Sendable (IndexProgress) -> Void = { _ in },
    onReport: @Sendable (IndexReport) -> Void
  ) async throws {
    while !Task.isCancelled {
      // Changes that come while a round is running must wake the watcher after it.
      let watcher = try await offloaded { FolderWatcher(paths.map(Paths.absolute)) }
      let report = try await run(paths, progress: progress)
      onReport(report)
      if report.cancelled { return }
      do { try await watcher.wait(limit: interval, quiet: 1) } catch is CancellationError { return }
    }
  }
}
