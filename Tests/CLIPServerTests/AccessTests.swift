import CLIPServer
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOEmbedded
import ServerTestSupport
import Synchronization
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

  @Test(
    "a server that others can reach answers for its own names and numbers, and no others",
    arguments: [
      ("localhost", true), ("192.168.1.20:8080", true), ("[fe80::1]:8080", true),
      (ProcessInfo.processInfo.hostName, true), ("photos.example", true),
      ("evil.example", false), ("192.168.1.20.evil.example", false), ("1.2.3.4.5", false),
      ("", false),
    ])
  func reachableHosts(authority: String, isAllowed: Bool) async throws {
    var configuration = ServerConfiguration()
    configuration.host = "0.0.0.0"
    configuration.publicURL = "https://Photos.example/album/"
    let policy = HostPolicy(configuration: configuration)
    let context = ServerContext(
      source: .init(channel: NIOAsyncTestingChannel(), logger: Logger(label: "test")))
    let request = Request(
      head: HTTPRequest(method: .get, scheme: "http", authority: authority, path: "/"),
      body: RequestBody(buffer: ByteBuffer()))
    let answer = try? await policy.handle(request, context: context) { _, _ in
      Response(status: .ok)
    }
    #expect((answer != nil) == isAllowed)
  }

  @Test("behind a proxy that hides its name the page works, and pages of others do not")
  func proxy() async throws {
    let fixture = try await ServerFixture {
      $0.advice = { if case .foreignOrigin = $0 { "The option is --public-url." } else { nil } }
    }
    let origin = HTTPFields([HTTPField(name: .origin, value: "http://photos.example")])
    try await fixture.test { client in
      for path in ["/", "/app.js", "/style.css"] {
        #expect(try await client.send(.get, path, headers: origin).status == .ok, "\(path)")
      }
      let foreign = try await client.post("/api/v1/search", #"{"text":"红"}"#, headers: origin)
      #expect(foreign.status == .forbidden)
      #expect(foreign.problem.hasPrefix("Pages of http://photos.example may not"))
      #expect(foreign.problem.hasSuffix(". The option is --public-url."))
      for (name, value) in [("X-Cnclip-Page", "1"), ("Sec-Fetch-Site", "same-origin")] {
        var headers = origin
        headers[HTTPField.Name(name)!] = value
        let own = try await client.post("/api/v1/search", #"{"text":"红"}"#, headers: headers)
        #expect(own.status == .ok, "\(name)")
        #expect(own.headers[.accessControlAllowOrigin] == nil)
        // A browser asks first whether another site's page may send such a header.
        headers[HTTPField.Name("Access-Control-Request-Headers")!] = name
        let asked = try await client.send(.options, "/api/v1/search", headers: headers)
        #expect(asked.status == .forbidden, "\(name)")
      }
    }
  }

  @Test("with a public address its pages are let in, its path is taken off and put on")
  func publicAddress() async throws {
    let fixture = try await ServerFixture { $0.publicURL = "https://photos.example/album/" }
    try await fixture.test { client in
      let own = try await client.post(
        "/api/v1/search", #"{"text":"红"}"#, headers: [.origin: "https://photos.example"])
      #expect(own.status == .ok)
      #expect(own.text.contains(#""thumbnail":"/album/api/v1/pictures/1/thumbnail""#))
      for path in ["/album/", "/album/app.js", "/album/api/v1/pictures/1/thumbnail", "/app.js"] {
        #expect(try await client.send(.get, path).status == .ok, "\(path)")
      }
      let bare = try await client.send(.get, "/album?q=x")
      #expect(bare.status == .permanentRedirect)
      #expect(bare.headers[.location] == "/album/?q=x")
      #expect(try await client.send(.get, "/albums/app.js").status == .notFound)
      let hits = try await client.post(
        "/knn-service", #"{"text":"红","modality":"image","num_images":1}"#)
      let url = #""url":"https://photos.example/album/api/v1/pictures/1/original""#
      #expect(hits.text.contains(url))
    }
    for address in ["photos.example", "ftp://photos.example/", "https://", "https://a/?b"] {
      var configuration = ServerConfiguration()
      configuration.publicURL = address
      #expect(throws: ServerError.self, "\(address)") { try configuration.validate() }
    }
  }

  @Test("wrong tokens are slowed down for each address, and cost nobody else anything")
  func attempts() async throws {
    let time = Mutex(ContinuousClock.now)
    let attempts = FailedAttempts { time.withLock(\.self) }
    for _ in 0..<5 {
      #expect(attempts.wait(for: "10.0.0.1") == nil)
      attempts.note("10.0.0.1", succeeded: false)
    }
    var waits: [Int] = []
    for _ in 0..<9 {
      attempts.note("10.0.0.1", succeeded: false)
      let wait = try #require(attempts.wait(for: "10.0.0.1"))
      waits.append(wait)
      time.withLock { $0 += .seconds(wait) }
      #expect(attempts.wait(for: "10.0.0.1") == nil)
    }
    #expect(waits == waits.sorted())
    #expect(waits.last == 61)
    #expect(attempts.wait(for: "10.0.0.2") == nil)
    attempts.note("10.0.0.1", succeeded: true)
    attempts.note("10.0.0.1", succeeded: false)
    #expect(attempts.wait(for: "10.0.0.1") == nil, "mistyping is free again")
    for last in 0..<9 { attempts.note("2001:db8:1:2::\(last)", succeeded: false) }
    #expect(attempts.wait(for: "2001:db8:1:2:ffff::1") != nil, "one customer")
    #expect(attempts.wait(for: "2001:db8:1:3::1") == nil)
    for number in 0..<30_000 { attempts.note("\(number)", succeeded: false) }
    #expect(attempts.wait(for: "2001:db8:1:2:ffff::1") != nil, "the longest wait is kept")
  }

  @Test("after a few wrong tokens even the right one must wait, but not who is in already")
  func guessing() async throws {
    let fixture = try await ServerFixture { $0.token = "correct horse" }
    try await fixture.test { client in
      let right = HTTPFields([HTTPField(name: .authorization, value: "Bearer correct horse")])
      let session = try await client.send(.post, "/api/v1/session", headers: right)
      let cookie = try #require(session.headers[.setCookie]).prefix { $0 != ";" }
      for _ in 0..<6 {
        _ = try await client.send(
          .get, "/api/v1/status", headers: [.authorization: "Bearer wrong horse"])
      }
      let slowed = try await client.send(.get, "/api/v1/status", headers: right)
      #expect(slowed.status == .tooManyRequests)
      #expect(slowed.headers[.retryAfter] != nil)
      let inside = try await client.send(
        .get, "/api/v1/status", headers: [.cookie: String(cookie)])
      #expect(inside.status == .ok)
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
