import CLIPImages
import Foundation

/// Compares folders with the catalogue: what is to be read, and what is gone.
struct FolderInventory {
  let library: PictureLibrary
  let options: IndexOptions

  private var store: any PictureStore { library.store }

  /// What a comparison came to.
  struct Result {
    /// Files that are new or look changed.
    var work: [PictureLister.File] = []
    /// Pictures whose files are not there any more.
    var missing: [(id: Int64, path: String)] = []
    /// Links through which files were found.
    var followedLinks: [String] = []
  }

  func take(
    _ paths: [String], report: inout IndexReport, progress: @escaping (IndexProgress) -> Void
  ) async throws -> Result {
    var result = Result()
    let lister = try await walk(paths, progress)
    result.followedLinks = lister.followedLinks
    let files = lister.files.filter { options.shard.contains($0.path) }
    for start in stride(from: 0, to: files.count, by: 1000) {
      try Task.checkCancellation()
      let some = files[start..<min(start + 1000, files.count)]
      let states = try await store.states(ofFiles: some.map(\.path))
      for (file, state) in zip(some, states) { compare(file, state, &result, &report) }
    }
    try await record(lister.failures.filter { options.shard.contains($0.path) }, &report)
    guard options.shard.isWhole else { return result }
    try await noticeMissing(paths, lister, &result, &report)
    return result
  }

  /// Takes out what is still missing: a moved picture has found its new path by now.
  func remove(_ missing: [(id: Int64, path: String)], report: inout IndexReport) async throws {
    let gone = missing.filter { Paths.isGone($0.path) }
    for start in stride(from: 0, to: gone.count, by: 1000) {
      let outcomes = try await store.write(
        gone[start..<min(start + 1000, gone.count)].map { .remove(id: $0.id, path: $0.path) },
        by: nil)
      report.removed += outcomes.count { $0 == .removed }
    }
  }

  private func walk(
    _ paths: [String], _ progress: @escaping (IndexProgress) -> Void
  ) async throws -> PictureLister {
    var lister = PictureLister(excluding: [library.folder]) { count in
      try Task.checkCancellation()
      progress(IndexProgress(stage: .walking, completed: count, total: 0, failures: 0))
    }
    for path in paths {
      guard path != library.folder, !Paths.isInside(path, folder: library.folder) else {
        throw SearchError.noFolder(path: path, reason: "it belongs to the library itself")
      }
      if access(path, F_OK) != 0, try await !store.files(below: path).isEmpty { continue }
      do { try lister.list(path) } catch ImageError.unreadable(let reason) {
        throw SearchError.noFolder(path: path, reason: reason)
      }
    }
    return lister
  }

  /// Decides by size and time whether a file must be read.
  private func compare(
    _ file: PictureLister.File, _ state: FileState, _ result: inout Result,
    _ report: inout IndexReport
  ) {
    switch state {
    case .forgotten: break
    case .picture(_, file.status, hasVector: true): report.unchanged += 1
    case .failed(file.status, let reason) where !options.retriesFailures:
      report.failures.append(IndexFailure(path: file.path, reason: reason))
    default: result.work.append(file)
    }
  }

  /// Keeps what walking could not take: formats that cannot be read, names, folders.
  private func record(
    _ failures: [PictureLister.Failure], _ report: inout IndexReport
  ) async throws {
    guard !failures.isEmpty else { return }
    report.failures += failures.map { IndexFailure(path: $0.path, reason: $0.reason) }
    try await store.write(failures.map { .miss(path: $0.path, reason: $0.reason) }, by: nil)
  }

  private func noticeMissing(
    _ paths: [String], _ lister: PictureLister, _ result: inout Result,
    _ report: inout IndexReport
  ) async throws {
    let there = Set(lister.files.map { Data($0.path.utf8) })
    let failed = Set(lister.failures.map { Data($0.path.utf8) })
    for path in paths where !lister.repeatedFolders.contains(path) {
      let isEmpty = !lister.files.contains {
        $0.path == path || Paths.isInside($0.path, folder: path)
      }
      // The library's own pictures may lie below, and are none of the folder's.
      let known = try await store.files(below: path)
        .filter { !Paths.isInside($0.path, folder: library.folder) }
      if isEmpty, !known.isEmpty, !options.removesMissingFolders {
        report.missingFolders.append(path)
        continue
      }
      result.missing += known.filter { _, known in
        !there.contains(Data(known.utf8))
          && !lister.unreadableFolders.contains { Paths.isInside(known, folder: $0) }
      }
      try await dismissFailures(in: path) {
        !there.contains(Data($0.utf8)) && !failed.contains(Data($0.utf8))
      }
    }
  }

  /// Failures of files that are gone are no news any more.
  private func dismissFailures(
    in folder: String, where isUnseen: (String) -> Bool
  ) async throws {
    let old = try await store.failures(below: folder).map(\.path)
      .filter { isUnseen($0) && access($0, F_OK) != 0 }
    guard !old.isEmpty else { return }
    try await store.write(old.map { .dismissFailure(path: $0) }, by: nil)
  }
}
