import Foundation
import ModelHub
import TestSupport
import Testing

@Suite("Redirects, proxies and certificates", .serialized, .timeLimit(.minutes(2)))
struct ConnectionTests {
  @Test("a redirect to another origin is followed without the token")
  func moved() async throws {
    let server = try HubServer()
    let folder = try await server.downloader(token: "secret").fetch(
      repository: "test/moved", files: [HubServer.weights])
    #expect(try HubServer.digest(folder) == HubServer.weightsSHA256)
    let requests = try server.weightRequests
    #expect(requests.map(\.authorization) == ["Bearer secret", nil])
    #expect(requests.last?.host == "localhost:\(server.port)")
  }

  @Test("a redirect within the origin keeps the token, and ranges work behind it")
  func movedHere() async throws {
    let server = try HubServer()
    _ = try await server.downloader(token: "secret").fetch(
      repository: "test/moved-here", files: [HubServer.weights])
    #expect(
      try server.weightRequests.map(\.authorization) == ["Bearer secret", "Bearer secret"])
  }

  @Test("redirects without end, or to a file, are refused", arguments: ["loop", "nowhere"])
  func badRedirects(repository: String) async throws {
    let server = try HubServer()
    let error = await #expect(throws: HubError.self) {
      try await server.downloader().fetch(
        repository: "test/\(repository)", files: [HubServer.weights])
    }
    guard case .badRedirect = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try server.weightRequests.count <= 11)
  }

  @Test("HTTP_PROXY is used for http, in either case", arguments: ["HTTP_PROXY", "http_proxy"])
  func proxy(variable: String) async throws {
    let server = try HubServer()
    let folder = try await HubDownloader(
      endpoint: "http://hub.invalid", cache: server.cache,
      environment: [variable: server.endpoint]
    ).fetch(repository: "test/plain", files: ["vocab.txt"])
    #expect(FileManager.default.fileExists(atPath: folder.appending(path: "vocab.txt").path))
    #expect(try server.requests.allSatisfy { $0.path.hasPrefix("http://hub.invalid/") })
  }

  @Test("NO_PROXY lists hosts that are reached directly")
  func noProxy() async throws {
    let server = try HubServer()
    _ = try await server.downloader(
      environment: ["HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "example.org, 127.0.0.1"]
    ).fetch(repository: "test/plain", files: ["vocab.txt"])
    #expect(try server.requests.allSatisfy { $0.path.hasPrefix("/") })
    await #expect(throws: HubError.self) {
      try await server.downloader(
        environment: ["HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "example.org"]
      ).fetch(repository: "test/plain", files: ["config.json"])
    }
  }

  @Test("HTTPS_PROXY is asked for a tunnel, and its refusal is said")
  func tunnel() async throws {
    let server = try HubServer()
    let error = await #expect(throws: HubError.self) {
      try await HubDownloader(
        endpoint: "https://hub.invalid", cache: server.cache,
        environment: ["HTTPS_PROXY": server.endpoint, "HTTP_PROXY": "http://127.0.0.1:9"]
      ).fetch(repository: "test/plain", files: ["vocab.txt"])
    }
    #expect(error?.description.contains("The proxy on the way to hub.invalid") == true)
    #expect(try server.requests.map(\.method) == ["CONNECT"])
    #expect(try server.requests.map(\.path) == ["hub.invalid:443"])
  }

  @Test("under CGI the variable HTTP_PROXY is a stranger's and not used")
  func commonGatewayInterface() async throws {
    let server = try HubServer()
    _ = try await server.downloader(
      environment: ["HTTP_PROXY": "http://127.0.0.1:9", "REQUEST_METHOD": "GET"]
    ).fetch(repository: "test/plain", files: ["vocab.txt"])
  }

  @Test(
    "a certificate of one's own is trusted only when SSL_CERT_FILE names it, through a tunnel too",
    .enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/openssl"), "needs openssl"))
  func certificate() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let certificate = folder.appending(path: "certificate.pem")
    let key = folder.appending(path: "key.pem")
    let openssl = Process()
    openssl.executableURL = URL(filePath: "/usr/bin/openssl")
    openssl.arguments = [
      "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test",
      "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key.path, "-out", certificate.path,
    ]
    openssl.standardError = FileHandle.nullDevice
    try openssl.run()
    openssl.waitWithoutRunLoop()

    let server = try HubServer(certificate: (certificate, key))
    let error = await #expect(throws: HubError.self) {
      try await server.downloader().fetch(repository: "test/plain", files: ["vocab.txt"])
    }
    #expect(error?.description.contains("cannot prove who it is") == true)
    let result = try await server.downloader(
      environment: ["SSL_CERT_FILE": certificate.path]
    ).fetch(repository: "test/drop", files: [HubServer.weights])
    #expect(try HubServer.digest(result) == HubServer.weightsSHA256)

    let proxy = try HubServer()
    _ = try await server.downloader(
      environment: ["SSL_CERT_FILE": certificate.path, "HTTPS_PROXY": proxy.endpoint]
    ).fetch(repository: "test/plain", files: [HubServer.weights])
    #expect(try proxy.requests.allSatisfy { $0.path == "127.0.0.1:\(server.port)" })
    #expect(try proxy.requests.first?.method == "CONNECT")
  }
}
