import CLIPModels
import Dispatch
import Files
import Foundation

/// A program that translates: sentences go in, one a line, and as many lines come out.
///
/// It is started anew for every chunk of sentences, and each chunk's result is kept in a file, so that it
/// goes on where it stopped.
package struct TranslatorCommand: Sendable {
  /// What `/bin/sh -c` is given.
  let command: String
  /// Sentences of one start.
  let chunkSize: Int
  /// Seconds after which a start is given up.
  let timeout: Double

  /// The longest answer to a sentence, in bytes on the average of a chunk.
  private static let maximumAnswer = 4096

  /// - Parameters:
  ///   - command: for the shell.
  ///   - chunkSize: sentences of one start, at least 1.
  ///   - timeout: seconds of one start.
  package init(_ command: String, chunkSize: Int = 2000, timeout: Double = 3600) {
    self.command = command
    self.chunkSize = max(1, chunkSize)
    self.timeout = timeout
  }

  /// Translates sentences.
  ///
  /// - Parameters:
  ///   - sentences: without line ends.
  ///   - folder: where chunks are kept; equal sentences and an equal command find them again.
  ///   - progress: called with the sentences done and their number.
  /// - Returns: one translation a sentence.
  /// - Throws: ``CleaningError/translator(problem:)``.
  func translate(
    _ sentences: [String], keepingIn folder: URL, progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> [String] {
    var results: [String] = []
    for start in stride(from: 0, to: sentences.count, by: chunkSize) {
      try Task.checkCancellation()
      let chunk = Array(sentences[start..<min(start + chunkSize, sentences.count)])
      let content = chunk.joined(separator: "\n") + "\n"
      var hash = SHA256()
      hash.update(command + "\u{0}" + content)
      let key = hash.finalize().prefix(24)
      let file = folder.appending(path: "\(key).txt")
      if let known = try? TextFile(file).lines(), known.count == chunk.count {
        results += known
      } else {
        let lines = try run(content, chunk.count, in: folder)
        try CleaningError.wrapping {
          let output = try AtomicFile(file, makesFolder: true)
          for line in lines { try output.writeLine(line) }
          try output.commit()
        }
        results += lines
      }
      progress(results.count, sentences.count)
    }
    return results
  }

  /// One start.
  private func run(_ content: String, _ count: Int, in folder: URL) throws -> [String] {
    // Files, since a program that writes before it has read everything would wait for us forever.
    let (input, output) = (folder.appending(path: "input"), folder.appending(path: "output"))
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(content.utf8).write(to: input)
    guard FileManager.default.createFile(atPath: output.path, contents: nil) else {
      throw CleaningError.unwritable(path: output.path, reason: SystemError.reason())
    }
    defer { for file in [input, output] { try? FileManager.default.removeItem(at: file) } }
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", command]
    process.standardInput = try FileHandle(forReadingFrom: input)
    process.standardOutput = try FileHandle(forWritingTo: output)
    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    do { try process.run() } catch {
      throw CleaningError.translator(problem: SystemError.reason(error))
    }
    guard ended.wait(timeout: .now() + timeout) == .success else {
      process.terminate()
      throw CleaningError.translator(
        problem: "it did not end within \(Int(timeout)) seconds over \(count) sentences")
    }
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw CleaningError.translator(
        problem: "it ended with the exit code \(process.terminationStatus)")
    }
    let lines = try CleaningError.wrapping {
      try TextFile(output, maximumSize: (count + 16) * Self.maximumAnswer).lines()
    }
    guard lines.count == count else {
      throw CleaningError.translator(
        problem: "of \(count) sentences it gave \(lines.count) lines; expected one for each")
    }
    return lines.map { $0.trimmingCharacters(in: .whitespaces) }
  }
}
