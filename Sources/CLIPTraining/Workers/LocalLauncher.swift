package import Foundation

/// Starts several workers of one program on this machine and waits for them.
package struct LocalLauncher {
  /// The program, usually this one.
  package var executable: URL
  /// Its arguments.
  package var arguments: [String]
  /// How many workers.
  package var count: Int

  /// Names program, arguments and number.
  package init(executable: URL, arguments: [String], count: Int) {
    self.executable = executable
    self.arguments = arguments
    self.count = count
  }

  /// How long workers that are asked to end may take, in seconds.
  private static let patience = 30.0

  /// Runs the workers to their end.
  ///
  /// - Parameter stop: when it is requested, the workers are asked to save and end.
  /// - Throws: ``TrainingError/workerLost(_:)`` when one fails; the others are then ended.
  package func run(stop: StopRequest) throws {
    // A file that nobody else may open: no port is open to others, not even for the meeting.
    let folder = FileManager.default.temporaryDirectory.appending(path: "cnclip-\(UUID())")
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw TrainingError.cannotWrite(path: folder.path, reason: error.localizedDescription)
    }
    defer { try? FileManager.default.removeItem(at: folder) }
    let place = WorkerEnvironment.MeetingPlace.file(folder.appending(path: "workers").path)
    let threads = max(1, ProcessInfo.processInfo.activeProcessorCount / count)
    var workers: [Process] = []
    for rank in 0..<count {
      let worker = Process()
      worker.executableURL = executable
      worker.arguments = arguments
      var member = WorkerEnvironment(
        rank: rank, localRank: rank, count: count, meetingPlace: place)
      member.launcher = getpid()
      var environment = ProcessInfo.processInfo.environment.merging(member.variables) { $1 }
      environment["OMP_NUM_THREADS"] = environment["OMP_NUM_THREADS"] ?? "\(threads)"
      worker.environment = environment
      do {
        try worker.run()
      } catch {
        for worker in workers { worker.terminate() }
        throw TrainingError.workers("cannot start worker \(rank): \(error.localizedDescription)")
      }
      workers.append(worker)
    }
    try watch(workers, stop: stop)
  }

  private func watch(_ workers: [Process], stop: StopRequest) throws {
    var asked = false
    while workers.contains(where: \.isRunning) {
      if stop.isRequested, !asked {
        for worker in workers { worker.terminate() }
        asked = true
      }
      if let (rank, failed) = workers.enumerated().first(where: { $1.failed }) {
        end(workers)
        throw TrainingError.workerLost(
          "worker \(rank) of \(count) ended with \(failed.ending); the other workers were ended, "
            + "and the last complete checkpoint is kept")
      }
      Thread.sleep(forTimeInterval: 0.1)
    }
    if let (rank, failed) = workers.enumerated().first(where: { $1.failed }) {
      throw TrainingError.workerLost("worker \(rank) of \(count) ended with \(failed.ending)")
    }
  }

  private func end(_ workers: [Process]) {
    for worker in workers where worker.isRunning { worker.terminate() }
    let deadline = Date.now.addingTimeInterval(Self.patience)
    while workers.contains(where: \.isRunning), Date.now < deadline {
      Thread.sleep(forTimeInterval: 0.1)
    }
    for worker in workers where worker.isRunning { kill(worker.processIdentifier, SIGKILL) }
  }
}

extension Process {
  fileprivate var failed: Bool { !isRunning && terminationStatus != 0 }
  fileprivate var ending: String {
    terminationReason == .exit
      ? "exit code \(terminationStatus)" : "signal \(terminationStatus)"
  }
}
