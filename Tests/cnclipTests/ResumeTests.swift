import Foundation
import TestSupport
import Testing

@Suite("Resuming a run through the command")
struct ResumeTests {
  private static let options = [
    "--train", "data", "--epochs", "1", "--batch-size", "8", "--output", "tuned", "--device", "cpu",
  ]

  /// A model and a finished run of `finetune` from it.
  private func tuned() throws -> TinyModel {
    let tiny = try TinyModel()
    let outcome = try Command.run(
      ["finetune", "--model", "run/best"] + Self.options, in: tiny.folder.url)
    #expect(outcome.status == 0, "\(outcome)")
    return tiny
  }

  @Test("options of another run are refused by name, and the run's own are taken")
  func options() throws {
    let tiny = try tuned()
    let data = tiny.folder.url.appending(path: "data")
    try FileManager.default.copyItem(at: data, to: tiny.folder.url.appending(path: "other"))
    for (option, value, key) in [
      ("--epochs", "4", "stages[0].epochs"), ("--batch-size", "2", "stages[0].batch_size"),
      ("--learning-rate", "1", "stages[0].learning_rate"), ("--seed", "9", "seed"),
      ("--precision", "bf16", "precision"), ("--valid", "data", "data.valid"),
      ("--train", "other", "data.train.path"), ("--split", "valid", "data.train.split"),
      ("--micro-batch", "2", "stages[0].micro_batch"), ("--low-rank", "2", "model.low_rank"),
      ("--freeze", "visual.*", "stages[0].frozen"), ("--model", "nowhere", "model.from"),
      ("--device", "cuda:7", "device"), ("--vocab", "data/vocab.txt", "model.vocabulary"),
    ] {
      let train = option == "--train" ? [] : ["--train", "data"]
      let outcome = try Command.run(
        ["finetune", "--output", "tuned", "--resume", option, value] + train, in: tiny.folder.url)
      #expect(outcome.status == 1 && outcome.errors.contains("\(key) was "), "\(option) \(outcome)")
    }
    let flag = try tiny.run(
      "finetune", "--train", "data", "--output", "tuned", "--resume", "--augment")
    #expect(flag.status == 1 && flag.errors.contains("data.augment was false"), "\(flag)")
    let waits = try tiny.run(
      "finetune", "--train", "data", "--output", "tuned", "--resume", "--patience", "2")
    #expect(waits.status == 1 && waits.errors.contains("--patience waits"), "\(waits)")
    for arguments in [Self.options, ["--train", data.path, "--output", "tuned"]] {
      let outcome = try Command.run(
        ["finetune", "--resume"] + arguments, in: tiny.folder.url)
      #expect(outcome.status == 0, "\(outcome)")
    }
  }

  @Test("a run file that differs from the run's own is refused by key, or used where that is exact")
  func runFile() throws {
    let tiny = try TinyModel()
    let same = try tiny.run("train", "start.json", "--output", "run", "--resume")
    #expect(same.status == 0, "\(same)")
    try tiny.runFile("long.json", steps: 5, rate: 1e-9)
    let long = try tiny.run("train", "long.json", "--output", "run", "--resume")
    #expect(long.status == 1 && long.errors.contains("stages[0].steps was 1"), "\(long)")
    try tiny.runFile("named.json", steps: 1, rate: 1e-9, extra: "\"non_finite_limit\": 3,")
    let named = try tiny.run("train", "named.json", "--output", "run", "--resume")
    #expect(named.status == 0, "\(named)")
    let kept = try String(
      contentsOf: tiny.folder.url.appending(path: "run/config.json"), encoding: .utf8)
    #expect(kept.contains("\"non_finite_limit\" : 3"))
    let several = try tiny.run(
      "train", "start.json", "--output", "run", "--resume", "--nproc", "2")
    #expect(several.status == 1 && several.errors.contains("1 workers, not 2"), "\(several)")
  }

  @Test("a run that was killed before its first checkpoint starts, and resumes")
  func early() throws {
    let tiny = try TinyModel()
    let last = tiny.folder.url.appending(path: "run/last")
    let best = tiny.folder.url.appending(path: "run/best")
    try FileManager.default.removeItem(at: last)
    // The best model is of a step that no checkpoint remembers: nobody may write over it unasked.
    let unsafe = try tiny.run("train", "start.json", "--output", "run")
    #expect(unsafe.status == 1 && tiny.has("run/best"), "\(unsafe)")
    for arguments in [[], ["--resume"]] {
      try? FileManager.default.removeItem(at: last)
      try FileManager.default.removeItem(at: best)
      let outcome = try Command.run(
        ["train", "start.json", "--output", "run"] + arguments, in: tiny.folder.url)
      #expect(outcome.status == 0 && tiny.has("run/last/training.json"), "\(outcome)")
    }
    let missing = try tiny.run("train", "start.json", "--output", "nothing", "--resume")
    #expect(missing.status == 1 && missing.errors.contains("holds no run"), "\(missing)")
  }

  @Test("two processes never train in one folder")
  func busy() throws {
    let tiny = try TinyModel()
    let descriptor = open(tiny.folder.url.appending(path: "run/.lock").path, O_RDWR)
    defer { close(descriptor) }
    #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    let outcome = try tiny.run("train", "start.json", "--output", "run", "--resume")
    #expect(outcome.status == 1 && outcome.errors.contains("another process"), "\(outcome)")
  }

  @Test("workers of one machine listen for nobody else, and end with their launcher")
  func workers() throws {
    let tiny = try TinyModel()
    try tiny.runFile("endless.json", steps: 1_000_000, rate: 1e-6)
    let launcher = Process()
    launcher.executableURL = Command.program
    launcher.arguments = ["train", "endless.json", "--output", "both", "--nproc", "2"]
    launcher.currentDirectoryURL = tiny.folder.url
    launcher.standardError = FileHandle.nullDevice
    try launcher.run()
    let metrics = tiny.folder.url.appending(path: "both/metrics.jsonl")
    func waits(_ condition: () -> Bool) -> Bool {
      for _ in 0..<600 where !condition() { usleep(100_000) }
      return condition()
    }
    defer { kill(launcher.processIdentifier, SIGKILL) }
    #expect(waits { ((try? Data(contentsOf: metrics))?.count ?? 0) > 1000 })
    let workers = children(of: launcher.processIdentifier)
    #expect(workers.count == 2)
    let addresses = workers.flatMap(listening)
    #expect(addresses.allSatisfy { $0.hasPrefix("0100007F:") }, "\(addresses)")
    kill(launcher.processIdentifier, SIGKILL)
    #expect(waits { workers.allSatisfy { kill($0, 0) != 0 || isDead($0) } })
    for worker in workers { kill(worker, SIGKILL) }
  }

  private func status(_ process: Int32) -> [Substring] {
    let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
    return text.split(separator: " ")
  }

  private func isDead(_ process: Int32) -> Bool { status(process).dropFirst(2).first == "Z" }

  private func children(of process: Int32) -> [Int32] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return all.compactMap { Int32($0) }.filter { child in
      let fields = status(child)
      return fields.count > 3 && fields[3] == "\(process)"
    }
  }

  /// The local addresses, in the system's hexadecimal form, that a process listens at.
  private func listening(_ process: Int32) -> [String] {
    let files = FileManager.default
    let folder = "/proc/\(process)/fd"
    let names = (try? files.contentsOfDirectory(atPath: folder)) ?? []
    let sockets: [String] = names.compactMap { name in
      try? files.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")
    }
    var addresses: [String] = []
    for table in ["tcp", "tcp6"] {
      let text = (try? String(contentsOfFile: "/proc/net/\(table)", encoding: .utf8)) ?? ""
      for line in text.split(separator: "\n") {
        let fields = line.split(separator: " ")
        guard fields.count > 9, fields[3] == "0A", sockets.contains("socket:[\(fields[9])]") else {
          continue
        }
        addresses.append(String(fields[1]))
      }
    }
    return addresses
  }
}
