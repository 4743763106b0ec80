import Foundation
import Testing

/// The command as a user runs it: a process of its own with arguments, output and an exit code.
struct Command {
  /// How a run ended.
  struct Outcome: CustomStringConvertible {
    /// The exit code; 128 plus the signal's number if a signal ended it.
    let status: Int32
    let output: String
    let errors: String

    /// The lines of standard output.
    var lines: [Substring] { output.split(separator: "\n") }

    /// What a failed expectation shows.
    var description: String { "exit \(status)\n--- output\n\(output)\n--- errors\n\(errors)" }
  }

  /// The program that was built with these tests.
  static let program: URL = {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(filePath: own.isEmpty ? CommandLine.arguments[0] : own)
      .deletingLastPathComponent().appending(path: "cnclip")
  }()

  /// Runs the command to its end.
  ///
  /// - Parameters:
  ///   - arguments: as typed, the program's name left out.
  ///   - input: what standard input gives; nothing by default.
  ///   - folder: where it runs.
  ///   - environment: variables besides the tests' own.
  ///   - largestFile: bytes after which no file can grow, as on a full disk; a multiple of 512.
  ///   - seconds: after this time it is ended and the test fails.
  /// - Returns: exit code, output and errors.
  /// - Throws: when the program cannot be started.
  static func run(
    _ arguments: [String], input: Data = Data(), in folder: URL? = nil,
    environment: [String: String] = [:], largestFile: Int? = nil, seconds: Double = 120
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    if let largestFile {
      // The signal that goes with the limit would end the command before it could say anything.
      process.executableURL = URL(filePath: "/bin/sh")
      let limit = "trap '' XFSZ; ulimit -f \(largestFile / 512); exec \"$0\" \"$@\""
      process.arguments = ["-c", limit, program.path] + arguments
    }
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    // Files, since a pipe that nobody reads blocks its writer.
    let place = FileManager.default.temporaryDirectory.appending(path: "cnclip-\(UUID())")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: place) }
    func file(_ name: String, _ content: Data = Data()) throws -> URL {
      let url = place.appending(path: name)
      try content.write(to: url)
      return url
    }
    let (output, errors) = (try file("output"), try file("errors"))
    process.standardInput = try FileHandle(forReadingFrom: file("input", input))
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    let deadline = ContinuousClock.now + .seconds(seconds)
    while process.isRunning, ContinuousClock.now < deadline { usleep(5000) }
    if process.isRunning {
      kill(process.processIdentifier, SIGKILL)
      Issue.record("cnclip \(arguments.joined(separator: " ")) took longer than \(seconds) s")
    }
    process.waitUntilExit()
    let signalled = process.terminationReason == .uncaughtSignal
    return Outcome(
      status: process.terminationStatus + (signalled ? 128 : 0),
      output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
      errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
  }

  /// The same with the arguments in a row.
  static func run(_ arguments: String..., in folder: URL? = nil) throws -> Outcome {
    try run(arguments, in: folder)
  }
}
