import Foundation
import TestSupport
import Testing

@Suite("cnclip dataset fetch")
struct DatasetFetchTests {
  /// A folder behind HTTP on this machine's loopback, for as long as the object lives.
  private final class FolderServer {
    let port: Int
    private let process = Process()

    init(_ folder: URL) throws {
      process.executableURL = URL(filePath: "/usr/bin/env")
      process.arguments = [
        "python3", "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory",
        folder.path,
      ]
      let output = Pipe()
      process.standardOutput = output
      process.standardError = FileHandle.nullDevice
      try process.run()
      // "Serving HTTP on 127.0.0.1 port 40123 (http://127.0.0.1:40123/) ..."
      let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
      let words = line.split(separator: " ")
      let place = try #require(words.firstIndex(of: "port"))
      port = try #require(Int(words[place + 1]))
    }

    deinit {
      kill(process.processIdentifier, SIGKILL)
      process.waitWithoutRunLoop()
    }
  }

  /// Six rows: four pictures, one missing, one that is none.
  private func lists() throws -> (folder: TemporaryFolder, server: FolderServer) {
    let folder = try TemporaryFolder()
    for index in 0..<4 {
      try folder.write(TinyPairs.bitmap(index, side: 24), to: "web/\(index).bmp")
    }
    try folder.write("no picture", to: "web/text.bmp")
    let server = try FolderServer(folder.url.appending(path: "web"))
    let names = ["0", "1", "missing", "2", "text", "3"]
    let rows = names.map { "http://127.0.0.1:\(server.port)/\($0).bmp,\"图 \($0), 猫\"" }
    try folder.write("url,caption\n" + rows.joined(separator: "\n") + "\n", to: "list.csv")
    return (folder, server)
  }

  private func fetch(
    _ folder: TemporaryFolder, to output: String, _ options: String...
  ) throws -> Command.Outcome {
    try Command.run(
      [
        "dataset", "fetch", "list.csv", "--output", output, "--allow-private", "--retries", "0",
        "--rows-per-shard", "4", "--stop-below", "0", "--quiet",
      ] + options, in: folder.url)
  }

  private func rows(_ folder: TemporaryFolder, _ output: String) throws -> [[String: Any]] {
    try ["00000", "00001"].flatMap { shard in
      try Data(contentsOf: folder.url.appending(path: "\(output)/\(shard).jsonl"))
        .split(separator: 0x0A)
        .map { try #require(try JSONSerialization.jsonObject(with: $0) as? [String: Any]) }
    }
  }

  private func statuses(_ folder: TemporaryFolder, _ output: String) throws -> [String] {
    try rows(folder, output).map { $0["status"] as? String ?? "" }
  }

  @Test("pictures come into shards, every row has its end, and a second run gives the same bytes")
  func shards() throws {
    let (folder, server) = try lists()
    let first = try fetch(folder, to: "out")
    #expect(first.status == 3, "\(first)")
    let found = try statuses(folder, "out")
    #expect(found.count == 6)
    #expect(found.count { $0 == "success" } == 4, "\(found)")
    #expect(found[2] != "success" && found[4] != "success")
    let failures = try rows(folder, "out").compactMap { $0["error_message"] as? String }
    #expect(failures.contains { $0.contains("404") }, "\(failures)")
    #expect(try rows(folder, "out")[0]["caption"] as? String == "图 0, 猫")
    let sizes = try Data(contentsOf: folder.url.appending(path: "out/sizes.json"))
    #expect(
      try JSONSerialization.jsonObject(with: sizes) as? [String: Int]
        == ["00000.tar": 3, "00001.tar": 1])
    let check = try Command.run(["dataset", "check", "out"], in: folder.url)
    #expect(check.status == 0, "\(check)")

    #expect(try fetch(folder, to: "again").status == 3)
    for shard in ["00000.tar", "00001.tar", "00000.jsonl", "00001.jsonl"] {
      #expect(
        try Data(contentsOf: folder.url.appending(path: "out/\(shard)"))
          == Data(contentsOf: folder.url.appending(path: "again/\(shard)")), "\(shard)")
    }
    #expect(server.port > 0)
  }

  @Test("--retry-failed asks for the rows that failed and for no others")
  func retry() throws {
    let (folder, server) = try lists()
    #expect(try fetch(folder, to: "out").status == 3)
    // What was fetched is not asked for again, so it may be gone.
    try FileManager.default.removeItem(at: folder.url.appending(path: "web/0.bmp"))
    try folder.write(TinyPairs.bitmap(9, side: 24), to: "web/missing.bmp")
    let outcome = try fetch(folder, to: "out", "--retry-failed")
    #expect(outcome.status == 3, "\(outcome)")
    let found = try statuses(folder, "out")
    #expect(found.count { $0 == "success" } == 5, "\(found)")
    #expect(found[0] == "success" && found[2] == "success" && found[4] != "success")
    #expect(server.port > 0)
  }

  @Test("machines that share a list make its shards together")
  func parts() throws {
    let (folder, server) = try lists()
    #expect(try fetch(folder, to: "whole").status == 3)
    #expect(try fetch(folder, to: "parts", "--shard", "1/2").status == 3)
    #expect(
      !FileManager.default.fileExists(
        atPath: folder.url.appending(path: "parts/00001.tar").path))
    #expect(try fetch(folder, to: "parts", "--shard", "2/2").status == 3)
    for shard in ["00000.tar", "00001.tar"] {
      #expect(
        try Data(contentsOf: folder.url.appending(path: "parts/\(shard)"))
          == Data(contentsOf: folder.url.appending(path: "whole/\(shard)")), "\(shard)")
    }
    #expect(server.port > 0)
  }

  @Test("a private address is not asked unless that is allowed, and another list is refused")
  func refusals() throws {
    let (folder, server) = try lists()
    let refused = try Command.run(
      ["dataset", "fetch", "list.csv", "--output", "out", "--stop-below", "0", "--quiet"],
      in: folder.url)
    #expect(refused.status == 3, "\(refused)")
    let rows = try Data(contentsOf: folder.url.appending(path: "out/00000.jsonl"))
    #expect(String(decoding: rows, as: UTF8.self).contains("private"))
    let shards = folder.url.appending(path: "out")
    try folder.write("url\nhttp://127.0.0.1:\(server.port)/0.bmp\n", to: "list.csv")
    let other = try Command.run(
      ["dataset", "fetch", "list.csv", "--output", shards.path, "--quiet"], in: folder.url)
    #expect(other.status == 1 && other.errors.contains("Error: "), "\(other)")
  }

  @Test("a run trains from the shards as they are")
  func trains() throws {
    let (folder, server) = try lists()
    #expect(try fetch(folder, to: "out").status == 3)
    let tiny = try TinyModel()
    let arguments = [
      "finetune", "--model", "run/best", "--train",
      folder.url.appending(path: "out/{00000..00001}.tar").path, "--epochs", "1",
      "--batch-size", "2", "--output", "tuned", "--device", "cpu", "--quiet",
    ]
    let outcome = try Command.run(arguments, in: tiny.folder.url)
    #expect(outcome.status == 0, "\(outcome)")
    #expect(server.port > 0)
  }
}
