import Foundation
import ModelHub
import Testing

@Suite("Continuing interrupted downloads", .serialized, .timeLimit(.minutes(2)))
struct ResumeTests {
  private let half = "bytes=\(HubServer.weightsSize / 2)-"

  private func fetch(_ repository: String, _ server: HubServer) async throws -> URL {
    try await server.downloader().fetch(
      repository: "test/\(repository)", files: [HubServer.weights])
  }

  @Test("a connection that drops midway is continued where it stopped")
  func drop() async throws {
    let server = try HubServer()
    let folder = try await fetch("drop", server)
    #expect(try HubServer.digest(folder) == HubServer.weightsSHA256)
    #expect(try server.weightRequests.map(\.range) == [nil, half])
    #expect(try server.weightRequests.map(\.ifRange) == [nil, "\"new\""])
    #expect(try server.files(of: "test/drop") == [HubServer.weights])
  }

  @Test("a server that ignores ranges sends the whole again")
  func withoutRanges() async throws {
    let server = try HubServer()
    let folder = try await fetch("without-ranges", server)
    #expect(try HubServer.digest(folder) == HubServer.weightsSHA256)
    #expect(try server.weightRequests.map(\.range) == [nil, half])
  }

  @Test(
    "a file that changed in between is fetched from its start",
    arguments: ["changed", "changed-in-silence"])
  func changed(repository: String) async throws {
    let server = try HubServer()
    let folder = try await fetch(repository, server)
    #expect(try HubServer.digest(folder) == HubServer.weightsSHA256)
    #expect(try server.weightRequests[1].ifRange == "\"old\"")
  }

  @Test("a connection that brings nothing is given up and continued")
  func stall() async throws {
    let server = try HubServer()
    var downloader = try server.downloader()
    downloader.stallSeconds = 1
    let folder = try await downloader.fetch(repository: "test/stall", files: [HubServer.weights])
    #expect(try HubServer.digest(folder) == HubServer.weightsSHA256)
    #expect(try server.weightRequests.map(\.range) == [nil, half])
  }

  @Test("when every attempt drops, the error says how much came, and the part stays")
  func givingUp() async throws {
    let server = try HubServer()
    let error = await #expect(throws: HubError.self) { try await fetch("drop-often", server) }
    guard case .incomplete(HubServer.weights, 3000, 3_000_000, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try server.weightRequests.map(\.range) == [nil, "bytes=1000-", "bytes=2000-"])
    #expect(
      try server.files(of: "test/drop-often")
        == ["\(HubServer.weights).part", "\(HubServer.weights).part.json"])
  }

  @Test("another range than was asked for, or no HTTP at all, is an error")
  func nonsense() async throws {
    let server = try HubServer()
    await #expect(throws: HubError.self) { try await fetch("other-range", server) }
    await #expect(throws: HubError.self) { try await fetch("garbage", server) }
    #expect(try server.files(of: "test/other-range").isEmpty)
  }

  @Test("a chunked response with a trailer is read")
  func trailer() async throws {
    let server = try HubServer()
    let folder = try await fetch("trailer", server)
    #expect(try HubServer.digest(folder) == HubServer.weightsSHA256)
  }

  @Test("after the process was killed, another continues")
  func kill() async throws {
    let server = try HubServer()
    setenv("HUB_TEST_ENDPOINT", server.endpoint, 1)
    setenv("HUB_TEST_CACHE", server.cache.folder.path, 1)
    await #expect(processExitsWith: .signal(SIGKILL)) {
      let environment = ProcessInfo.processInfo.environment
      let downloader = try HubDownloader(
        endpoint: environment["HUB_TEST_ENDPOINT"],
        cache: ModelCache(folder: URL(filePath: environment["HUB_TEST_CACHE"] ?? "")),
        environment: [:])
      // The server sends half and then nothing.
      _ = try await downloader.fetch(repository: "test/stall", files: [HubServer.weights]) {
        if $0.received >= HubServer.weightsSize / 2 { raise(SIGKILL) }
      }
    }
    #expect(try server.files(of: "test/stall").contains("\(HubServer.weights).part"))
    let folder = try await fetch("stall", server)
    #expect(try HubServer.digest(folder) == HubServer.weightsSHA256)
    #expect(try server.weightRequests.map(\.range) == [nil, half])
  }

  @Test("a part of other bytes is not continued")
  func foreignPart() async throws {
    let server = try HubServer()
    _ = await #expect(throws: HubError.self) { try await fetch("drop-often", server) }
    let folder = server.cache.folder(of: try HubRepository("test/drop-often"))
    let target = server.cache.folder(of: try HubRepository("test/plain"))
    try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
    // Half a note, and a note of another file, both beside a part.
    for (name, note) in [("model.pt", #"{"file": {"path": "model.pt", "#), ("vocab.txt", "")] {
      try Data("rubbish".utf8).write(to: target.appending(path: "\(name).part"))
      let data =
        note.isEmpty
        ? try Data(contentsOf: folder.appending(path: "model.pt.part.json")) : Data(note.utf8)
      try data.write(to: target.appending(path: "\(name).part.json"))
    }
    let result = try await server.downloader().fetch(
      repository: "test/plain", files: [HubServer.weights, "vocab.txt"])
    #expect(try HubServer.digest(result) == HubServer.weightsSHA256)
    #expect(try server.files(of: "test/plain") == ["model.pt", "vocab.txt"])
  }
}
