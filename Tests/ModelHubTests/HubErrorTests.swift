import Foundation
import ModelHub
import Testing

@Suite("Refusals", .serialized, .timeLimit(.minutes(2)))
struct HubErrorTests {
  @Test(
    "each refusal of the hub is one sentence that says what to do",
    arguments: [
      ("missing", "has no repository test/missing at revision main: check the name"),
      ("private", "needs a token in HF_TOKEN"),
      ("gated", "accept their conditions at http://127.0.0.1:"),
      ("broken", "cannot answer now (status 503)"),
      ("damaged", "is the endpoint a hub of this layout?"),
      ("negative", "a size is negative"),
      ("bad-digest", "is no git SHA-1"),
      ("plain", "has no nothing.pt, no absent.bin."),
    ])
  func sentences(repository: String, expected: String) async throws {
    let server = try HubServer()
    let error = await #expect(throws: HubError.self) {
      try await server.downloader().fetch(
        repository: "test/\(repository)", files: ["nothing.pt", "absent.bin"])
    }
    let sentence = try #require(error?.description)
    #expect(sentence.contains(expected))
    #expect(!sentence.contains("\n"))
    #expect(error?.localizedDescription == sentence)
    #expect(try server.files(of: "test/\(repository)").isEmpty)
  }

  @Test("a server that is busy for a moment is asked again")
  func busy() async throws {
    let server = try HubServer()
    let folder = try await server.downloader().fetch(repository: "test/busy", files: ["vocab.txt"])
    #expect(FileManager.default.fileExists(atPath: folder.appending(path: "vocab.txt").path))
    #expect(try server.requests.count { $0.path.contains("/tree/") } == 3)
  }

  @Test("a token that is not accepted is another sentence")
  func token() async throws {
    let server = try HubServer()
    let error = await #expect(throws: HubError.self) {
      try await server.downloader(environment: ["HF_TOKEN": "secret"]).fetch(
        repository: "test/private", files: .modelFolder)
    }
    #expect(error?.description.contains("does not accept the token") == true)
    #expect(try server.requests.first?.authorization == "Bearer secret")
  }

  @Test("names in a listing that lead out of the folder are not files")
  func hostile() async throws {
    let server = try HubServer()
    let error = await #expect(throws: HubError.self) {
      try await server.downloader().fetch(
        repository: "test/hostile",
        files: FileSelection(required: ["../evil.pt", "/tmp/evil.pt", ".cnclip.json", "evil*"]))
    }
    guard case .missingFiles(let names, _, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(names.count == 4)
    let folder = try await server.downloader().fetch(
      repository: "test/hostile", files: [HubServer.weights])
    #expect(try HubServer.digest(folder) == HubServer.weightsSHA256)
  }

  @Test("sizes beyond the disk, or beyond counting, are refused before anything is fetched")
  func huge() async throws {
    let server = try HubServer()
    for files: FileSelection in [["0.pt"], ["*.pt"]] {
      let error = await #expect(throws: HubError.self) {
        try await server.downloader().fetch(repository: "test/huge", files: files)
      }
      switch error {
      case .diskFull, .damagedListing: break
      default: Issue.record("\(String(describing: error))")
      }
    }
    #expect(try server.requests.allSatisfy { $0.path.contains("/tree/") })
  }

  @Test(
    "what can be no repository is refused without a request",
    arguments: ["", "/", "a/", "a/b/c", "../b", "a/..", "a b/c", "a/b?x", "ä/b"])
  func names(name: String) async throws {
    let downloader = try HubDownloader(endpoint: "http://127.0.0.1:9", environment: [:])
    let error = await #expect(throws: HubError.self) {
      try await downloader.fetch(repository: name, files: .modelFolder)
    }
    guard case .invalid("repository", name, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test(
    "what can be no endpoint is refused",
    arguments: ["", "huggingface.co", "ftp://host", "http://", "https://user@host", "http://h?q"])
  func endpoints(endpoint: String) {
    #expect(throws: HubError.self) { try HubDownloader(endpoint: endpoint, environment: [:]) }
  }

  @Test("the endpoint comes from the environment unless it is given")
  func endpointVariable() throws {
    func endpoint(_ layout: HubLayout, _ environment: [String: String]) throws -> String {
      try HubDownloader(layout: layout, environment: environment).endpoint.absoluteString
    }
    #expect(try endpoint(.huggingFace, [:]) == "https://huggingface.co")
    #expect(try endpoint(.huggingFace, ["HF_ENDPOINT": ""]) == "https://huggingface.co")
    #expect(try endpoint(.huggingFace, ["HF_ENDPOINT": "https://a/b"]) == "https://a/b")
    #expect(try endpoint(.modelScope, ["HF_ENDPOINT": "https://a"]) == "https://www.modelscope.cn")
    #expect(try endpoint(.modelScope, ["MODELSCOPE_DOMAIN": "a.cn"]) == "https://a.cn")
  }

  @Test("nobody at the other end is said after a few attempts")
  func offline() async throws {
    let server = try HubServer()
    let downloader = try server.downloader()
    server.stop()
    let error = await #expect(throws: HubError.self) {
      try await downloader.fetch(repository: "test/plain", files: .modelFolder)
    }
    #expect(error?.description.contains("does not answer") == true)
  }
}
