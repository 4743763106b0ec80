import Foundation
import TestSupport
import Testing

/// A server that `Scripts/stores.sh` has started; variables say where they are.
struct Server: CustomTestStringConvertible {
  /// What the script calls it.
  let name: String
  let address: String

  var testDescription: String { name }

  /// The servers there are.
  static var all: [Server] {
    [("postgres", postgres), ("milvus", milvus), ("milvus-lite", lite)].compactMap {
      name, address in
      address.map { Server(name: name, address: $0) }
    }
  }

  static var postgres: String? { address("CNCLIP_TEST_POSTGRES") }

  static var milvus: String? { address("CNCLIP_TEST_MILVUS") }

  static var lite: String? { address("CNCLIP_TEST_MILVUS_LITE") }

  private static func address(_ variable: String) -> String? {
    ProcessInfo.processInfo.environment[variable].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// How often servers are killed; 0 leaves them alone, since other tests use them.
  static var kills: Int {
    Int(ProcessInfo.processInfo.environment["CNCLIP_TEST_KILLS"] ?? "") ?? 0
  }

  /// The address of a library of its own on the server.
  func place(_ library: String) -> String {
    address + (address.hasPrefix("milvus") ? "/" : "?schema=") + library
  }

  /// Runs `Scripts/stores.sh ACTION NAME`.
  func run(_ action: String) throws {
    let script = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Scripts/stores.sh").standardized
    let process = Process()
    process.executableURL = script
    process.arguments = [action, name]
    process.standardInput = FileHandle.nullDevice
    // A server that is started holds what it inherits for as long as it runs.
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "stores.sh \(action) \(name)")
  }
}
