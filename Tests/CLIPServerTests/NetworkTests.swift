import CLIPServer
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import ServerTestSupport
import Synchronization
import Testing

@Suite("Addresses, bodies and slow clients")
struct NetworkTests {
  @Test(
    "addresses of other schemes, ports and with user names are refused",
    arguments: [
      "file:///etc/passwd", "ftp://example.org/a", "http://user@example.org/", "gopher://x/",
      "http://example.org:22/", "https://example.org:80/", "//example.org/a", "http://", "",
      "http:///a.jpg", "http://a%20/x.jpg",
    ])
  func targets(address: String) {
    #expect(throws: ServerError.self) { try PictureFetcher.target(of: address) }
  }

  @Test("names of this machine in all their spellings are refused")
  func localNames() async throws {
    let fetcher = PictureFetcher(byteLimit: 1_000)
    for address in [
      "http://localhost/", "http://127.1/", "http://2130706433/", "http://0x7f.1/", "http://[::]/",
      "http://[::ffff:127.0.0.1]/", "http://169.254.169.254/latest/meta-data/",
    ] {
      await #expect(throws: ServerError.self, "\(address)") { try await fetcher.fetch(address) }
    }
  }

  @Test("a name server that changes its mind between check and connection is asked once")
  func rebinding() async throws {
    let asked = Mutex(0)
    // Public at first, this machine from then on; the public address lies in a part that nobody has been given.
    let fetcher = PictureFetcher(byteLimit: 100, seconds: 1) { _, _ in
      asked.withLock { $0 += 1 }
      return asked.withLock(\.self) == 1 ? ["2000::1"] : ["127.0.0.1"]
    }
    await #expect(throws: ServerError.self) { try await fetcher.fetch("http://rebind.invalid/") }
    #expect(asked.withLock(\.self) == 1)
    await #expect(
      throws: ServerError.unreachablePicture(
        reason: "'rebind.invalid' is not on the public internet")
    ) { try await fetcher.fetch("http://rebind.invalid/") }
    // Of several addresses one inside is enough.
    let mixed = PictureFetcher(byteLimit: 100, seconds: 1) { _, _ in ["2000::1", "10.0.0.1"] }
    await #expect(throws: ServerError.self) { try await mixed.fetch("http://mixed.invalid/") }
  }

  @Test("the connection goes to the address that was checked, whatever the name says by then")
  func pinned() async throws {
    let fixture = try await ServerFixture { $0.allowedHosts = ["rebind.invalid"] }
    try await fixture.serving { port in
      // No name server knows the name: only the address leads to the server.
      let bytes = try PictureDownload(byteLimit: 100, seconds: 5)
        .run("http://rebind.invalid:\(port)/healthz", from: "::127.0.0.1:\(port)")
      #expect(String(decoding: bytes, as: UTF8.self) == "ok\n")
    }
  }

  @Test("bodies together stay within their room, which is given back")
  func bodies() async throws {
    let reader = BodyReader(limit: 10, total: 15)
    func request(_ count: Int) -> Request {
      Request(
        head: .init(method: .post, scheme: "http", authority: "localhost", path: "/"),
        body: RequestBody(buffer: ByteBuffer(repeating: 7, count: count)))
    }
    await #expect(throws: ServerError.tooLarge(limit: 10)) {
      try await reader.read(request(11)) { _ in }
    }
    try await reader.read(request(10)) { body in
      #expect(body.readableBytes == 10)
      #expect(reader.remaining == 5)
      await #expect(throws: ServerError.busy(retryAfter: 2)) {
        try await reader.read(request(6)) { _ in }
      }
    }
    #expect(reader.remaining == 15)
  }

  @Test("a client that hangs up in the middle of its body is no failure of the server")
  func hangingUp() async throws {
    struct Gone: Error {}
    let (parts, more) = AsyncThrowingStream.makeStream(of: ByteBuffer.self)
    more.yield(ByteBuffer(string: "{"))
    more.finish(throwing: Gone())
    let request = Request(
      head: .init(method: .post, scheme: "http", authority: "localhost", path: "/"),
      body: RequestBody(asyncSequence: parts))
    let reader = BodyReader(limit: 10, total: 15)
    await #expect(throws: ServerError.invalidRequest("The body did not arrive in full.")) {
      try await reader.read(request) { _ in }
    }
    #expect(reader.remaining == 15)
  }

  @Test("a client that sends its request drop by drop is cut off", .timeLimit(.minutes(1)))
  func slowClient() async throws {
    let fixture = try await ServerFixture {
      $0.limits.requestSeconds = 1
      $0.limits.idleSeconds = 30
    }
    try await fixture.serving { port in
      let start = ContinuousClock.now
      try await Task.detached { try Self.drip(port: port) }.value
      #expect(ContinuousClock.now - start < .seconds(10))
    }
  }

  /// Announces a body and sends a byte every 100 ms until the server hangs up.
  private static func drip(port: Int) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(connected == 0)
    let head = "POST /api/v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
    _ = head.withCString { send(descriptor, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
    for _ in 0..<300 {
      usleep(100_000)
      var byte: UInt8 = 32
      if send(descriptor, &byte, 1, Int32(MSG_NOSIGNAL)) < 0 { return }
      if recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT)) == 0 { return }
    }
    Issue.record("the server never hung up")
  }

  /// A connection with a guard of 90 and 300 seconds, its clock in the test's hands.
  private static func guarded() throws -> (EmbeddedChannel, EmbeddedEventLoop) {
    let loop = EmbeddedEventLoop()
    let handler = ExchangeGuard(
      requestLimit: .seconds(90), answerLimit: .seconds(300), byteLimit: 1 << 20)
    let channel = EmbeddedChannel(handlers: [handler], loop: loop)
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 80)).wait()
    return (channel, loop)
  }

  private static let head = HTTPRequestPart.head(
    HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: "/nothing"))

  private static func answer(_ channel: EmbeddedChannel) throws {
    try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .notFound)))
    try channel.writeOutbound(HTTPResponsePart.end(nil))
  }

  @Test("an answer sent before its request has arrived does not stop the request's clock")
  func earlyAnswer() throws {
    let (channel, loop) = try Self.guarded()
    try channel.writeInbound(Self.head)
    try Self.answer(channel)
    for _ in 0..<22 {
      loop.advanceTime(by: .seconds(4))
      try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(string: " ")))
    }
    #expect(channel.isActive)
    loop.advanceTime(by: .seconds(4))
    #expect(!channel.isActive)
  }

  @Test("the end of one answer does not stop the clock of the next request")
  func pipelining() throws {
    let (channel, loop) = try Self.guarded()
    try channel.writeInbound(Self.head)
    try channel.writeInbound(HTTPRequestPart.end(nil))
    try channel.writeInbound(Self.head)
    try Self.answer(channel)
    loop.advanceTime(by: .seconds(91))
    #expect(!channel.isActive)
  }

  @Test("each of two requests that came together has its own time for its answer")
  func answerTimes() throws {
    let (channel, loop) = try Self.guarded()
    for _ in 0..<2 {
      try channel.writeInbound(Self.head)
      try channel.writeInbound(HTTPRequestPart.end(nil))
    }
    loop.advanceTime(by: .seconds(200))
    try Self.answer(channel)
    loop.advanceTime(by: .seconds(200))
    #expect(channel.isActive)
    loop.advanceTime(by: .seconds(101))
    #expect(!channel.isActive)

    let (silent, clock) = try Self.guarded()
    try silent.writeInbound(Self.head)
    try silent.writeInbound(HTTPRequestPart.end(nil))
    try Self.answer(silent)
    clock.advanceTime(by: .hours(1))
    #expect(silent.isActive, "silence is another limit's business")
  }

  @Test("folders are named below what they share, both ways")
  func folders() {
    let names = FolderNames(folders: ["/home/li/照片/2024", "/home/li/照片/旅行/云南"])
    #expect(names.display("/home/li/照片/2024") == "照片/2024")
    #expect(names.path(of: "照片/旅行/云南") == "/home/li/照片/旅行/云南")
    #expect(names.display("/etc") == "etc")
    #expect(FolderNames(folders: []).display("/a/b") == "a/b")
    let one = FolderNames(folders: ["/a/b"])
    #expect(one.display("/a/b") == "b")
    #expect(one.path(of: "b") == "/a/b")
    #expect(FolderNames.displayName("/x/pictures/d39fb72295c7b29f-cat.jpg") == "cat.jpg")
    #expect(
      FolderNames.displayName("/x/photos/d39fb72295c7b29f-cat.jpg") == "d39fb72295c7b29f-cat.jpg")
  }
}
