public import Foundation

/// Starts several workers of one program on this machine and waits for them.
public struct LocalLauncher {
  /// The program, usually this one.
  public var executable: URL
  /// Its arguments.
  public var arguments: [String]
  /// How many workers.
  public var count: Int

  /// Names program, arguments and number.
  public init(executable: URL, arguments: [String], count: Int) {
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
  public func run(stop: StopRequest) throws {
    let port = try Self.freePort()
    let threads = max(1, ProcessInfo.processInfo.activeProcessorCount / count)
    var workers: [Process] = []
    for rank in 0..<count {
      let worker = Process()
      worker.executableURL = executable
      worker.arguments = arguments
      let place = WorkerEnvironment(
        rank: rank, localRank: rank, count: count, host: "127.0.0.1", port: port)
      var environment = ProcessInfo.processInfo.environment.merging(place.variables) { $1 }
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

  /// A TCP port that nobody uses at the moment.
  static func freePort() throws -> UInt16 {
    #if canImport(Glibc)
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    guard descriptor >= 0 else { throw TrainingError.workers("no socket can be opened") }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard bound else { throw TrainingError.workers("no TCP port is free on this machine") }
    return UInt16(bigEndian: address.sin_port)
  }
}

extension Process {
  fileprivate var failed: Bool { !isRunning && terminationStatus != 0 }
  fileprivate var ending: String {
    terminationReason == .exit
      ? "exit code \(terminationStatus)" : "signal \(terminationStatus)"
  }
}
