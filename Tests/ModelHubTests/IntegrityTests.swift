import Foundation
import ModelHub
import Testing

@Suite("Verifying what arrives", .serialized, .timeLimit(.minutes(2)))
struct IntegrityTests {
  private func fetch(
    _ repository: String, _ server: HubServer, checksums: [String: Checksum] = [:]
  ) async throws -> URL {
    try await server.downloader().fetch(
      repository: "test/\(repository)", files: [HubServer.weights], checksums: checksums)
  }

  @Test("wrong bytes are named with both checksums, deleted, and not asked for again")
  func corrupt() async throws {
    let server = try HubServer()
    let error = await #expect(throws: HubError.self) { try await fetch("corrupt", server) }
    guard case .wrongChecksum(HubServer.weights, "SHA-256", let expected, let found) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(expected == HubServer.weightsSHA256)
    #expect(found != expected)
    #expect(error?.description.contains("deleted") == true)
    #expect(try server.files(of: "test/corrupt").isEmpty)
    #expect(try server.weightRequests.count == 1)
  }

  @Test("a checksum of the caller's is verified beside the hub's")
  func callersChecksum() async throws {
    let server = try HubServer()
    _ = try await fetch(
      "plain", server, checksums: ["model.pt": .md5(HubServer.weightsMD5.uppercased())])
    let wrong = String(repeating: "0", count: 32)
    await #expect(
      throws: HubError.wrongChecksum(
        file: "model.pt", algorithm: "MD5", expected: wrong, found: HubServer.weightsMD5)
    ) { try await fetch("moved-here", server, checksums: ["model.pt": .md5(wrong)]) }
    await #expect(throws: HubError.self) {
      try await fetch("plain", server, checksums: ["model.pt": .md5("xyz")])
    }
  }

  @Test("fewer or more bytes than listed are an error that leaves nothing")
  func sizes() async throws {
    let server = try HubServer()
    let size = Int64(HubServer.weightsSize)
    await #expect(
      throws: HubError.wrongSize(file: "model.pt", expected: size, found: size / 2)
    ) { try await fetch("short", server) }
    let error = await #expect(throws: HubError.self) { try await fetch("endless", server) }
    guard case .wrongSize("model.pt", size, let found) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(found > size && found < size + 1_000_000)
    #expect(try server.files(of: "test/short").isEmpty)
    #expect(try server.files(of: "test/endless").isEmpty)
  }

  @Test("where the hub lists no checksum, size and entity tag still hold")
  func withoutChecksum() async throws {
    let server = try HubServer()
    let folder = try await fetch("unlisted-checksum", server)
    #expect(try HubServer.digest(folder) == HubServer.weightsSHA256)
  }

  @Test("a disk that fills up leaves no half file")
  func fullDisk() async throws {
    let server = try HubServer()
    setenv("HUB_TEST_ENDPOINT", server.endpoint, 1)
    setenv("HUB_TEST_CACHE", server.cache.folder.path, 1)
    await #expect(processExitsWith: .success) {
      // A limit on file sizes fails a write as a full disk does.
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 1_000_000, rlim_max: 1_000_000)
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      let environment = ProcessInfo.processInfo.environment
      let downloader = try HubDownloader(
        endpoint: environment["HUB_TEST_ENDPOINT"],
        cache: ModelCache(folder: URL(filePath: environment["HUB_TEST_CACHE"] ?? "")),
        environment: [:])
      let error = await #expect(throws: HubError.self) {
        try await downloader.fetch(repository: "test/plain", files: [HubServer.weights])
      }
      guard case .diskFull = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
    #expect(try server.weightRequests.count == 1)
    #expect(try server.files(of: "test/plain").isEmpty)
  }
}
