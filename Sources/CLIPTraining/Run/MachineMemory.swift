package import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How much memory this process can have and has had.
package struct MachineMemory {
  /// The machine's memory, or less where a control group of Linux limits it (as containers do).
  package let bytes: Int

  /// Reads it.
  ///
  /// - Parameters:
  ///   - physical: the machine's memory.
  ///   - root: where `proc` and `sys` are.
  package init(
    physical: Int = Int(clamping: ProcessInfo.processInfo.physicalMemory),
    root: URL = URL(filePath: "/")
  ) {
    bytes = Self.groupLimits(root).min().map { min($0, physical) } ?? physical
  }

  /// The memory that this process has now, in bytes; the most that it has had where the system does not
  /// say.
  static var present: Int {
    let pages = text(URL(filePath: "/proc/self/statm"))?.split(separator: " ").dropFirst().first
    return pages.flatMap { Int($0) }.map { $0 * Int(sysconf(Int32(_SC_PAGESIZE))) } ?? peak
  }

  /// The most memory that this process has had so far, in bytes.
  static var peak: Int {
    var usage = rusage()
    #if canImport(Glibc)
      // In kilobytes.
      guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
      return usage.ru_maxrss << 10
    #else
      guard getrusage(RUSAGE_SELF, &usage) == 0 else { return 0 }
      return usage.ru_maxrss
    #endif
  }

  /// The limits of the process's groups and of all groups above, of both versions of the interface.
  private static func groupLimits(_ root: URL) -> [Int] {
    let groups = text(root.appending(path: "proc/self/cgroup")) ?? ""
    let mount = root.appending(path: "sys/fs/cgroup")
    return groups.split(separator: "\n").flatMap { line -> [Int] in
      // hierarchy:controllers:path; version 2 has no controllers.
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return [] }
      let isSecond = fields[1].isEmpty
      guard isSecond || fields[1].split(separator: ",").contains("memory") else { return [] }
      let base = isSecond ? mount : mount.appending(path: "memory")
      let name = isSecond ? "memory.max" : "memory.limit_in_bytes"
      var path = fields[2].split(separator: "/").map(String.init)
      var limits: [Int] = []
      // In a container the path may be that of the host: what is mounted is then the root.
      while true {
        let group = path.reduce(base) { $0.appending(path: $1) }
        // "max", or a number near the largest, where there is no limit.
        if let limit = text(group.appending(path: name)).flatMap(Int.init), limit > 0 {
          limits.append(limit)
        }
        guard path.popLast() != nil else { return limits }
      }
    }
  }

  private static func text(_ file: URL) -> String? {
    (try? String(contentsOf: file, encoding: .utf8))?
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
