public import Foundation
public import Torch

/// A worker's place in a job, from the environment variables that `torchrun`, Slurm and Kubernetes'
/// launchers set.
public struct WorkerEnvironment: Hashable, Sendable {
  /// The worker's number over all machines.
  public let rank: Int
  /// The worker's number on its machine.
  public let localRank: Int
  /// Workers in all.
  public let count: Int
  /// Where the workers meet.
  public let meetingPlace: MeetingPlace
  /// The process that started the worker and that it ends with; nil: no such process is known.
  public var launcher: Int32?

  /// Where workers meet.
  public enum MeetingPlace: Hashable, Sendable {
    /// An address that the first worker serves, to all machines of the network.
    case address(host: String, port: UInt16)
    /// A file on the one machine that all workers run on; nothing listens for others.
    case file(String)
  }

  /// Seconds after which a silent worker counts as dead, unless `CNCLIP_WORKER_TIMEOUT` says
  /// otherwise.
  public static let standardTimeout = 600.0

  private static let fileVariable = "CNCLIP_WORKER_FILE"
  private static let launcherVariable = "CNCLIP_LAUNCHER"

  /// Reads `RANK`, `LOCAL_RANK`, `WORLD_SIZE`, `MASTER_ADDR` and `MASTER_PORT`, or what
  /// ``LocalLauncher`` sets instead of the last two.
  ///
  /// - Parameter environment: the variables.
  /// - Returns: nil without `WORLD_SIZE`, or with one worker.
  /// - Throws: ``TrainingError/workers(_:)`` when a variable is missing or no number.
  public static func read(
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> WorkerEnvironment? {
    guard environment["WORLD_SIZE"] != nil else { return nil }
    func number(_ name: String, in range: ClosedRange<Int>) throws -> Int {
      guard let text = environment[name], let value = Int(text), range.contains(value) else {
        throw TrainingError.workers(
          "WORLD_SIZE is set, so \(name) must be a number of \(range.lowerBound) to "
            + "\(range.upperBound), but it is '\(environment[name] ?? "")'; start workers with "
            + "--nproc, torchrun or another launcher")
      }
      return value
    }
    let count = try number("WORLD_SIZE", in: 1...(1 << 20))
    guard count > 1 else { return nil }
    let rank = try number("RANK", in: 0...(count - 1))
    let place: MeetingPlace
    if let file = environment[fileVariable] {
      place = .file(file)
    } else {
      guard let host = environment["MASTER_ADDR"], !host.isEmpty else {
        throw TrainingError.workers("WORLD_SIZE is set, but MASTER_ADDR does not name a machine")
      }
      place = .address(host: host, port: UInt16(try number("MASTER_PORT", in: 1...65_535)))
    }
    var worker = WorkerEnvironment(
      rank: rank,
      localRank: environment["LOCAL_RANK"] == nil
        ? rank : try number("LOCAL_RANK", in: 0...(count - 1)),
      count: count, meetingPlace: place)
    worker.launcher = environment[launcherVariable].flatMap(Int32.init)
    return worker
  }

  /// Names everything.
  public init(rank: Int, localRank: Int, count: Int, meetingPlace: MeetingPlace) {
    self.rank = rank
    self.localRank = localRank
    self.count = count
    self.meetingPlace = meetingPlace
  }

  /// The variables of a worker.
  var variables: [String: String] {
    var variables = [
      "RANK": "\(rank)", "LOCAL_RANK": "\(localRank)", "WORLD_SIZE": "\(count)",
    ]
    switch meetingPlace {
    case .address(let host, let port):
      variables["MASTER_ADDR"] = host
      variables["MASTER_PORT"] = "\(port)"
    case .file(let path): variables[Self.fileVariable] = path
    }
    if let launcher { variables[Self.launcherVariable] = "\(launcher)" }
    return variables
  }

  /// Ends this process when its launcher is gone, at once: every file is written whole or not.
  private func endWithLauncher() {
    guard let launcher else { return }
    Thread.detachNewThread {
      while getppid() == launcher { Thread.sleep(forTimeInterval: 0.5) }
      _exit(1)
    }
  }

  /// Waits for the other workers.
  ///
  /// - Throws: ``TrainingError/workers(_:)`` when they do not all come in time.
  public func join() throws -> WorkerGroup {
    let named = ProcessInfo.processInfo.environment["CNCLIP_WORKER_TIMEOUT"].flatMap(Double.init)
    let timeout = named.flatMap { $0 > 0 ? $0 : nil } ?? Self.standardTimeout
    endWithLauncher()
    do {
      switch meetingPlace {
      case .address(let host, let port):
        return try WorkerGroup(host: host, port: port, rank: rank, count: count, timeout: timeout)
      case .file(let path):
        return try WorkerGroup(file: path, rank: rank, count: count, timeout: timeout)
      }
    } catch {
      throw TrainingError.workers(
        "worker \(rank) of \(count) could not meet the others at \(meetingPlace) within "
          + "\(Int(timeout)) s: \(error)")
    }
  }

  /// Turns the failure of a collective into a sentence about the worker behind it.
  public func explained(_ error: any Error) -> any Error {
    let signs = ["Connection closed by peer", "Connection reset", "imed out", "roken pipe"]
    guard let torch = error as? TorchError, signs.contains(where: torch.description.contains) else {
      return error
    }
    return TrainingError.workerLost(
      "worker \(rank) of \(count): another worker died or fell silent, so this one stops; the last "
        + "complete checkpoint is kept (\(torch.description.prefix(200)))")
  }
}

extension WorkerEnvironment.MeetingPlace: CustomStringConvertible {
  /// The address, or the file's path.
  public var description: String {
    switch self {
    case .address(let host, let port): "\(host):\(port)"
    case .file(let path): path
    }
  }
}
