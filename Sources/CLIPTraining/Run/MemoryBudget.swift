import Foundation

/// What training may take of a machine's memory where nobody says otherwise.
///
/// The program, the model, the optimiser and one part of a batch stay under a quarter of the memory,
/// and the part under 1.5 GiB on any machine: larger parts are no faster on a CPU.
package struct MemoryBudget: Hashable, Sendable {
  /// The memory of the machine or of the control group that the process is in, in bytes.
  package var machine: Int
  /// The most bytes of a part.
  package var partLimit: Int

  /// Names the bounds.
  package init(machine: Int, partLimit: Int = 3 << 29) {
    self.machine = machine
    self.partLimit = partLimit
  }

  /// The share of the machine that training may take.
  private static let parts = 4
  /// What LibTorch takes besides tensors while it computes, and batches that are read ahead.
  private static let workspaceBytes = 960 << 20

  /// The budget on this machine.
  package static var machine: MemoryBudget { MemoryBudget(machine: MachineMemory().bytes) }

  /// What is left for a part of a batch.
  ///
  /// - Parameters:
  ///   - present: bytes that the process has already: the program with LibTorch, the model, what the
  ///     evaluation before the first step left.
  ///   - coming: bytes that it will have to the end: the optimiser.
  ///   - workers: processes that share the memory.
  /// - Returns: bytes, 0 if nothing is left.
  package func bytesOfPart(present: Int, coming: Int, workers: Int) -> Int {
    let share = machine / Self.parts / max(1, workers)
    return max(0, min(partLimit, share - Self.workspaceBytes - present - coming))
  }
}

/// Bytes as people read them: `1.6 GB`.
struct Gigabytes: CustomStringConvertible {
  let description: String

  init(_ bytes: Int) {
    description = String(format: "%.1f GB", Double(bytes) / 1e9)
  }
}
