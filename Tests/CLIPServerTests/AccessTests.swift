import CLIPServer
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOEmbedded
import Testing

@Suite("Who is let in")
struct AccessTests {
  @Test("with a token nothing of the library is open but the page that asks for it")
  func token() async throws {
    let fixture = try await ServerFixture { $0.token = "correct horse" }
    try await fixture.test { client in
      for path in [
        "/api/v1/status", "/api/v1/pictures", "/api/v1/pictures/1/thumbnail", "/metrics",
        "/indices-list", "/v1/models",
      ] {
        let answer = try await client.send(.get, path)
        #expect(answer.status == .unauthorized, "\(path)")
        #expect(answer.headers[.wwwAuthenticate] == "Bearer")
      }
      for path in ["/", "/app.js", "/healthz", "/api/v1/openapi.json"] {
        #expect(try await client.send(.get, path).status == .ok, "\(path)")
      }
      for wrong in ["Bearer wrong", "Bearer correct hors", "Bearer correct horse!", "Basic x", ""] {
        let answer = try await client.send(.get, "/api/v1/status", headers: [.authorization: wrong])
        #expect(answer.status == .unauthorized, "\(wrong)")
      }
      let right = try await client.send(
        .get, "/api/v1/status", headers: [.authorization: "Bearer correct horse"])
      #expect(right.status == .ok)

      let session = try await client.send(
        .post, "/api/v1/session", headers: [.authorization: "Bearer correct horse"])
      let cookie = try #require(session.headers[.setCookie])
      #expect(cookie.contains("HttpOnly"))
      #expect(cookie.contains("SameSite=Strict"))
      #expect(!cookie.contains("correct"))
      let pair = String(cookie.prefix { $0 != ";" })
      let picture = try await client.send(
        .get, "/api/v1/pictures/1/thumbnail", headers: [.cookie: pair])
      #expect(picture.status == .ok)
      let forged = try await client.send(
        .get, "/api/v1/pictures/1/thumbnail", headers: [.cookie: pair + "0"])
      #expect(forged.status == .unauthorized)
    }
  }

  @Test("pages of other sites are refused unless they are allowed")
  func origins() async throws {
    let closed = try await ServerFixture()
    try await closed.test { client in
      let own = try await client.post(
        "/api/v1/search", #"{"text":"红"}"#, headers: [.origin: "http://localhost"])
      #expect(own.status == .ok)
      for origin in ["https://evil.example", "null", "http://localhost.evil.example"] {
        let answer = try await client.post(
          "/knn-service", #"{"text":"x","modality":"image","num_images":1}"#,
          headers: [.origin: origin])
        #expect(answer.status == .forbidden, "\(origin)")
        #expect(answer.headers[.accessControlAllowOrigin] == nil)
      }
      let silent = try await client.send(
        .delete, "/api/v1/pictures/1", headers: [HTTPField.Name("Sec-Fetch-Site")!: "cross-site"])
      #expect(silent.status == .forbidden)
    }
    let open = try await ServerFixture { $0.allowedOrigins = ["https://friend.example"] }
    try await open.test { client in
      let preflight = try await client.send(
        .options, "/knn-service", headers: [.origin: "https://friend.example"])
      #expect(preflight.status == .noContent)
      #expect(preflight.headers[.accessControlAllowOrigin] == "https://friend.example")
      #expect(preflight.headers[.accessControlAllowMethods]?.contains("POST") == true)
      let answer = try await client.send(
        .get, "/indices-list", headers: [.origin: "https://friend.example"])
      #expect(answer.headers[.accessControlAllowOrigin] == "https://friend.example")
      let other = try await client.send(
        .options, "/knn-service", headers: [.origin: "https://evil.example"])
      #expect(other.status == .forbidden)
    }
    let every = try await ServerFixture { $0.allowedOrigins = ["*"] }
    try await every.test { client in
      let answer = try await client.send(
        .get, "/indices-list", headers: [.origin: "https://any.example"])
      #expect(answer.headers[.accessControlAllowOrigin] == "*")
    }
  }

  @Test(
    "only names of this machine are answered for on loopback",
    arguments: [
      ("localhost:8080", true), ("127.0.0.1:8080", true), ("[::1]:8080", true),
      ("LOCALHOST", true), ("evil.example", false), ("localhost.evil.example", false),
      ("127.0.0.1.nip.io", false), ("", false),
    ])
  func hosts(authority: String, isAllowed: Bool) async throws {
    let policy = HostPolicy(configuration: ServerConfiguration())
    let request = Request(
      head: HTTPRequest(method: .get, scheme: "http", authority: authority, path: "/"),
      body: RequestBody(buffer: ByteBuffer()))
    let context = ServerContext(
      source: .init(channel: NIOAsyncTestingChannel(), logger: Logger(label: "test")))
    do {
      _ = try await policy.handle(request, context: context) { _, _ in Response(status: .ok) }
      #expect(isAllowed)
    } catch let error as ServerError {
      #expect(!isAllowed)
      #expect(error == .foreignHost(authority))
    }
  }

  @Test("every answer carries the headers that keep browsers in check")
  func headers() async throws {
    let fixture = try await ServerFixture()
    try await fixture.test { client in
      for path in ["/", "/api/v1/status", "/nothing"] {
        let answer = try await client.send(.get, path)
        #expect(answer.headers[.xContentTypeOptions] == "nosniff")
        let policy = try #require(answer.headers[.contentSecurityPolicy])
        #expect(policy.contains("default-src 'none'"))
        #expect(!policy.contains("unsafe"))
      }
    }
  }

  @Test("tokens are compared as a whole")
  func comparison() {
    let token = Array("secret-token".utf8)
    #expect(Authentication.isEqual(token, token))
    #expect(!Authentication.isEqual(Array("secret-tokem".utf8), token))
    #expect(!Authentication.isEqual(Array("secret-token1".utf8), token))
    #expect(!Authentication.isEqual(Array("secret".utf8), token))
    #expect(!Authentication.isEqual([], token))
  }

  @Test("settings that cannot work are refused with a sentence")
  func settings() async throws {
    for change in [
      { $0.token = "short" }, { $0.port = 70_000 }, { $0.allowedOrigins = ["example.org"] },
      { $0.limits.connections = 0 },
    ] as [@Sendable (inout ServerConfiguration) -> Void] {
      var configuration = ServerConfiguration()
      change(&configuration)
      #expect(throws: ServerError.self) { try configuration.validate() }
    }
  }
}
