import Foundation

/// What a machine is called in its own network.
enum MachineNames {
  /// The machine's name in full, its first part, and both with `.local` (multicast DNS); lower case.
  static var own: Set<String> {
    let name = ProcessInfo.processInfo.hostName.lowercased()
    let short = name.prefix { $0 != "." }
    guard !short.isEmpty else { return [] }
    return [name, String(short), "\(short).local"]
  }

  /// Whether a host is written as a number, IPv6 in brackets.
  static func isNumeric(_ host: String) -> Bool {
    var four = in_addr()
    if inet_pton(AF_INET, host, &four) == 1 { return true }
    guard host.hasPrefix("["), host.hasSuffix("]") else { return false }
    var six = in6_addr()
    return inet_pton(AF_INET6, String(host.dropFirst().dropLast().prefix { $0 != "%" }), &six) == 1
  }
}
