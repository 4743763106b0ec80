import Foundation
import ModelHub
import Testing

@Suite("Downloading", .serialized, .timeLimit(.minutes(2)))
struct DownloadTests {
  @Test("a model folder arrives whole and verified")
  func modelFolder() async throws {
    let server = try HubServer()
    let folder = try await server.downloader().fetch(repository: "test/plain", files: .modelFolder)
    #expect(
      try server.files(of: "test/plain")
        == ["config.json", "preprocessor_config.json", "pytorch_model.bin", "vocab.txt"])
    #expect(try HubServer.digest(folder, "pytorch_model.bin") == HubServer.weightsSHA256)
    #expect(folder.path.hasSuffix("cache/huggingface/test/plain/main"))
  }

  @Test("a second call needs no server, and a truncated file is noticed")
  func cached() async throws {
    let server = try HubServer()
    let downloader = try server.downloader()
    let repository = try HubRepository("test/plain")
    #expect(server.cache.location(of: repository, files: [HubServer.weights]) == nil)
    let first = try await downloader.fetch(repository: "test/plain", files: [HubServer.weights])
    server.stop()
    let second = try await downloader.fetch(repository: "test/plain", files: [HubServer.weights])
    #expect(first == second)
    #expect(server.cache.location(of: repository, files: [HubServer.weights]) == first)
    #expect(server.cache.location(of: repository, files: .modelFolder) == nil)

    let handle = try FileHandle(forWritingTo: first.appending(path: HubServer.weights))
    try handle.truncate(atOffset: 5)
    #expect(server.cache.location(of: repository, files: [HubServer.weights]) == nil)
    await #expect(throws: HubError.self) {
      try await downloader.fetch(repository: "test/plain", files: [HubServer.weights])
    }
  }

  @Test("a second selection fetches only what is not there")
  func secondSelection() async throws {
    let server = try HubServer()
    let downloader = try server.downloader()
    _ = try await downloader.fetch(repository: "test/plain", files: [HubServer.weights])
    _ = try await downloader.fetch(
      repository: "test/plain", files: [HubServer.weights, "vocab.txt"])
    #expect(try server.weightRequests.count == 1)
    _ = try await downloader.fetch(
      repository: "test/plain", files: [HubServer.weights], refresh: true)
    #expect(try server.weightRequests.count == 1)
    #expect(try server.requests.count { $0.path.contains("/tree/") } == 3)
  }

  @Test("safetensors are preferred, with all shards and their index")
  func shards() async throws {
    let server = try HubServer()
    _ = try await server.downloader().fetch(repository: "test/sharded", files: .modelFolder)
    #expect(
      try server.files(of: "test/sharded") == [
        "config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
        "model.safetensors.index.json", "preprocessor_config.json", "vocab.txt",
      ])
  }

  @Test("a listing of several pages is read to its end")
  func pages() async throws {
    let server = try HubServer()
    let folder = try await server.downloader().fetch(
      repository: "test/paged", files: [HubServer.weights])
    #expect(try HubServer.digest(folder) == HubServer.weightsSHA256)
  }

  @Test("names are encoded in addresses, folders are made, and an empty file is a file")
  func names() async throws {
    let server = try HubServer()
    let folder = try await server.downloader().fetch(
      repository: "test/plain", files: ["folder/name with space+.txt", "empty.txt"])
    let text = try String(
      contentsOf: folder.appending(path: "folder/name with space+.txt"), encoding: .utf8)
    #expect(text == "a name that must be encoded")
    #expect(try Data(contentsOf: folder.appending(path: "empty.txt")).isEmpty)
    #expect(
      try server.requests.contains {
        $0.path == "/test/plain/resolve/main/folder/name%20with%20space%2B.txt"
      })
  }

  @Test("ModelScope's addresses, listing and main branch are used")
  func modelScope() async throws {
    let server = try HubServer()
    let folder = try await server.downloader(layout: .modelScope).fetch(
      repository: "AI-ModelScope/plain", files: .modelFolder)
    #expect(try HubServer.digest(folder, "pytorch_model.bin") == HubServer.weightsSHA256)
    #expect(folder.path.hasSuffix("cache/modelscope/AI-ModelScope/plain/master"))
    let paths = try server.requests.map(\.path)
    #expect(
      paths.first
        == "/api/v1/models/AI-ModelScope/plain/repo/files?Revision=master&Recursive=true")
    #expect(paths.contains("/models/AI-ModelScope/plain/resolve/master/config.json"))
  }

  @Test("a revision with a slash is one component of addresses")
  func revision() async throws {
    let server = try HubServer()
    _ = try await server.downloader().fetch(
      repository: "test/plain", files: ["vocab.txt"], revision: "refs/pr/1")
    #expect(try server.requests.allSatisfy { $0.path.contains("/refs%2Fpr%2F1") })
  }

  @Test("two downloads of one repository at once fetch it once")
  func together() async throws {
    let server = try HubServer()
    let downloader = try server.downloader()
    async let first = downloader.fetch(repository: "test/plain", files: [HubServer.weights])
    async let second = downloader.fetch(repository: "test/plain", files: [HubServer.weights])
    let folders = try await [first, second]
    #expect(folders[0] == folders[1])
    #expect(try server.weightRequests.count == 1)
  }

  @Test("progress counts up to the size of the selection")
  func progress() async throws {
    let server = try HubServer()
    let (reports, continuation) = AsyncStream.makeStream(of: DownloadProgress.self)
    _ = try await server.downloader().fetch(
      repository: "test/drop", files: [HubServer.weights, "vocab.txt"]
    ) { continuation.yield($0) }
    continuation.finish()
    var all: [DownloadProgress] = []
    for await report in reports { all.append(report) }
    let total = Int64(HubServer.weightsSize + 16)
    #expect(all.allSatisfy { $0.total == total && $0.received <= total })
    #expect(all.map(\.received) == all.map(\.received).sorted())
    #expect(all.last?.received == total)
  }

  @Test("a cancelled download stops at once and can be continued")
  func cancellation() async throws {
    let server = try HubServer()
    let downloader = try server.downloader()
    let task = Task {
      try await downloader.fetch(repository: "test/stall", files: [HubServer.weights])
    }
    while try server.weightRequests.isEmpty { try await Task.sleep(for: .milliseconds(50)) }
    try await Task.sleep(for: .milliseconds(300))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    let folder = try await downloader.fetch(repository: "test/stall", files: [HubServer.weights])
    #expect(try HubServer.digest(folder) == HubServer.weightsSHA256)
    #expect(try server.weightRequests.last?.range != nil)
  }
}
