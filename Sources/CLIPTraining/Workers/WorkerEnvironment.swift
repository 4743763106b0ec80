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
  /// Where rank 0 is reached.
  public let host: String
  /// The port there.
  public let port: UInt16

  /// Seconds after which a silent worker counts as dead, unless `CNCLIP_WORKER_TIMEOUT` says
  /// otherwise.
  public static let standardTimeout = 600.0

  /// Reads `RANK`, `LOCAL_RANK`, `WORLD_SIZE`, `MASTER_ADDR` and `MASTER_PORT`.
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
    guard let host = environment["MASTER_ADDR"], !host.isEmpty else {
      throw TrainingError.workers("WORLD_SIZE is set, but MASTER_ADDR does not name a machine")
    }
    return WorkerEnvironment(
      rank: rank,
      localRank: environment["LOCAL_RANK"] == nil
        ? rank : try number("LOCAL_RANK", in: 0...(count - 1)),
      count: count, host: host, port: UInt16(try number("MASTER_PORT", in: 1...65_535)))
  }

  /// Names everything.
  public init(rank: Int, localRank: Int, count: Int, host: String, port: UInt16) {
    self.rank = rank
    self.localRank = localRank
    self.count = count
    self.host = host
    self.port = port
  }

  /// The variables of a worker.
  var variables: [String: String] {
    [
      "RANK": "\(rank)", "LOCAL_RANK": "\(localRank)", "WORLD_SIZE": "\(count)",
      "MASTER_ADDR": host, "MASTER_PORT": "\(port)",
    ]
  }

  /// Waits for the other workers.
  ///
  /// - Throws: ``TrainingError/workers(_:)`` when they do not all come in time.
  public func join() throws -> WorkerGroup {
    let named = ProcessInfo.processInfo.environment["CNCLIP_WORKER_TIMEOUT"].flatMap(Double.init)
    let timeout = named.flatMap { $0 > 0 ? $0 : nil } ?? Self.standardTimeout
    do {
      return try WorkerGroup(host: host, port: port, rank: rank, count: count, timeout: timeout)
    } catch {
      throw TrainingError.workers(
        "worker \(rank) of \(count) could not meet the others at \(host):\(port) within "
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
