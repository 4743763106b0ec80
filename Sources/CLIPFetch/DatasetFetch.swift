import CLIPData
import Files
import Foundation
import Web

/// Fetches the pictures of lists into shards in WebDataset's form, as img2dataset makes them.
///
/// Shard `00042` has the rows 420,000 to 429,999 of the lists: `00042.tar` with `KEY.jpg`, `KEY.json` and
/// `KEY.txt`, `00042.jsonl` with a line for every row, failed ones too, and `00042_stats.json`. Rows that
/// are done lie in a journal until their shard is complete, so nothing is lost or asked for twice
/// however the process ends. Equal answers give equal archives.
package final class DatasetFetch {
  private let settings: FetchSettings
  private var sizes = ShardSizes()
  private var progress = FetchProgress()
  private var recent: RecentRows
  /// Shards whose rows are being asked for.
  private var working: [Int: ShardInWork] = [:]
  private var nextShard = 0
  private var hasEnded = false
  private var sizesWritten = ContinuousClock.now

  /// Shards that may be in work: each keeps its rows in memory.
  private static let maximumShards = 16
  private static let sizesInterval = Duration.seconds(30)
  /// How long a step waits for something to happen.
  private static let patience = 50

  /// Prepares a fetch; nothing is touched yet.
  ///
  /// - Throws: ``FetchError/invalidSetting(_:)``.
  package init(_ settings: FetchSettings) throws(FetchError) {
    guard (1...10_000_000).contains(settings.rowsPerShard), (1...12).contains(settings.shardDigits),
      (0..<settings.parts).contains(settings.part), settings.picture.size > 0,
      settings.network.transfers > 0, settings.network.perHost > 0, !settings.lists.isEmpty
    else { throw .invalidSetting("Sizes and numbers of a fetch must be at least 1.") }
    self.settings = settings
    recent = RecentRows(window: settings.stopWindow, limit: settings.stopBelow)
  }

  /// Fetches until all rows are done, or a stop is asked for.
  ///
  /// - Parameters:
  ///   - report: is told a few times a second how far it is.
  ///   - isStopped: whether to stop, asked as often.
  /// - Returns: what was done, and whether that is all.
  /// - Throws: ``FetchError``, and what reading the lists throws. What was fetched is kept.
  package func run(
    report: (FetchProgress) -> Void = { _ in }, isStopped: () -> Bool = { false }
  ) throws -> (progress: FetchProgress, isComplete: Bool) {
    let work = settings.output.appending(path: ShardPlace.workName)
    do {
      try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
    } catch { throw FetchError.unwritable(path: work.path, reason: SystemError.reason(error)) }
    let lock = try lock(in: work)
    defer { withExtendedLifetime(lock) {} }
    try FetchRecord(settings).settle(in: settings.output)
    if settings.parts == 1 {
      // What a killed process left; with several, it may be another one's that is at work.
      AtomicFolder.removeLeftovers(in: settings.output)
      AtomicFolder.removeLeftovers(in: work)
    }
    var limited = settings
    limited.network.transfers = min(limited.network.transfers, OpenFiles.raiseLimit() - 128)
    try readSizes()
    var failure: (any Error)?
    let engine = try FetchEngine(limited) { [unowned self] task, result, picture in
      try done(task.shard, task.row, result, picture)
    }
    let assembler = ShardAssembler(wake: engine.wake)
    var rows = ListRows(
      settings.lists, columns: settings.columns, quoting: settings.quoting, scratch: work)
    var stopped = false
    do {
      while true {
        try begin(&rows, engine)
        for shard in working.values where shard.isDone {
          working[shard.place.number] = nil
          assembler.begin(
            ShardAssembly(
              place: shard.place, rows: shard.rows, columns: settings.columns.others),
            start: shard.start)
        }
        if hasEnded, working.isEmpty, assembler.count == 0 { break }
        try engine.step(milliseconds: Self.patience)
        try note(assembler.take())
        progress.transfers = engine.transfers
        progress.lookups = engine.lookups
        progress.bytes = engine.bytes
        progress.total = total(rows)
        report(progress)
        stopped = isStopped()
        if stopped { break }
      }
    } catch { failure = error }
    try note(assembler.finish())
    try readSizes()
    try FetchError.wrapping { try sizes.write(to: settings.output) }
    if let failure { throw failure }
    progress.transfers = 0
    if !stopped { progress.total = progress.done }
    return (progress, !stopped)
  }

  /// Keeps other processes from making the same shards.
  private func lock(in folder: URL) throws -> FileLock {
    let name = "part-\(settings.part + 1)-of-\(settings.parts).lock"
    return try FetchError.wrapping {
      try FileLock(folder.appending(path: name)) {
        throw FetchError.inUse(path: settings.output.path)
      }
    }
  }

  // MARK: Shards

  /// Begins shards while there is room for their rows.
  private func begin(_ rows: inout ListRows, _ engine: FetchEngine) throws {
    while !hasEnded, working.count < Self.maximumShards,
      engine.openRows < 16 * settings.network.transfers
    {
      let place = ShardPlace(nextShard, settings)
      nextShard += 1
      if place.number % settings.parts != settings.part {
        try rows.skip(settings.rowsPerShard)
        hasEnded = rows.position < nextShard * settings.rowsPerShard
        continue
      }
      if place.isComplete {
        let isReopened = try settings.retriesFailed && ShardAssembly.reopen(place)
        guard isReopened else {
          progress.add(try ShardAssembly.counts(in: place.statistics))
          progress.shards += 1
          try rows.skip(settings.rowsPerShard)
          hasEnded = rows.position < nextShard * settings.rowsPerShard
          continue
        }
      }
      let taken = try rows.take(settings.rowsPerShard)
      hasEnded = taken.count < settings.rowsPerShard
      guard !taken.isEmpty else { return }
      try begin(ShardInWork(place, rows: taken, retriesFailed: settings.retriesFailed), engine)
    }
  }

  private func begin(_ shard: ShardInWork, _ engine: FetchEngine) throws {
    working[shard.place.number] = shard
    for result in shard.journal.earlier {
      progress.count(result)
      progress.doneNow -= 1
      if result.isSuccess { progress.successesNow -= 1 }
    }
    for (index, row) in shard.rows.enumerated() where !shard.journal.rows.contains(index) {
      if let problem = row.problem {
        try done(shard, index, RowResult(.badRow(problem)), Data())
      } else if let address = WebAddress(
        row.address.trimmingCharacters(in: .whitespacesAndNewlines))
      {
        engine.add(RowTask(shard, row: index, address: address))
      } else {
        try done(shard, index, RowResult(.badAddress), Data())
      }
    }
  }

  private func done(
    _ shard: ShardInWork, _ row: Int, _ result: RowResult, _ picture: Data
  ) throws(FetchError) {
    try shard.journal.append(row, result, picture: picture)
    progress.count(result)
    if settings.stopBelow > 0 { try recent.add(result) }
  }

  private func note(_ written: [ShardAssembler.Written]) throws {
    for shard in written {
      progress.shards += 1
      sizes.counts[shard.archive] = shard.counts.successes
    }
    guard !written.isEmpty, ContinuousClock.now - sizesWritten > Self.sizesInterval else { return }
    sizesWritten = .now
    try FetchError.wrapping { try sizes.write(to: settings.output) }
  }

  /// Reads how many samples complete shards have, those of other processes too.
  private func readSizes() throws {
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: settings.output.path) } catch {
      throw FetchError.unreadable(path: settings.output.path, reason: SystemError.reason(error))
    }
    for name in names where name.hasSuffix("_stats.json") {
      let archive = name.dropLast("_stats.json".count) + ".tar"
      guard sizes.counts[String(archive)] == nil else { continue }
      let url = settings.output.appending(path: name)
      sizes.counts[String(archive)] = try ShardAssembly.counts(in: url).successes
    }
  }

  /// Rows of this process, as far as the lists tell.
  private func total(_ rows: ListRows) -> Int? {
    rows.estimatedCount.map { max(progress.done, $0 / settings.parts) }
  }
}
