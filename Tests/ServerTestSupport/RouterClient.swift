import CLIPServer
import Foundation
package import HTTPTypes
package import Hummingbird
import Logging
package import NIOCore
import NIOEmbedded
import Synchronization

/// Sends requests to a server's router without a socket.
///
/// Hummingbird's own test client would bring an HTTP client and a TLS library into every build of
/// the tests.
package struct RouterClient: Sendable {
  let respond: @Sendable (Request) async throws -> Response

  package init(_ application: some ApplicationProtocol) async throws {
    let responder = try await application.responder
    respond = { request in
      let source = ApplicationRequestContextSource(
        channel: NIOAsyncTestingChannel(),
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
      return try await Self.respond(responder, request, source)
    }
  }

  private static func respond<Responder: HTTPResponder>(
    _ responder: Responder, _ request: Request, _ source: ApplicationRequestContextSource
  ) async throws -> Response
  where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
    try await responder.respond(to: request, context: Responder.Context(source: source))
  }

  /// Sends a request and gives the whole answer.
  package func send(
    _ method: HTTPRequest.Method = .get, _ path: String, headers: HTTPFields = [:],
    body: ByteBuffer? = nil
  ) async throws -> TestResponse {
    var headers = headers
    if let body { headers[.contentLength] = "\(body.readableBytes)" }
    let request = Request(
      head: HTTPRequest(
        method: method, scheme: "http", authority: "localhost", path: path, headerFields: headers),
      body: RequestBody(buffer: body ?? ByteBuffer()))
    let response = try await respond(request)
    let collector = Collector()
    try await response.body.write(collector)
    return TestResponse(
      status: response.status, headers: response.headers,
      body: collector.bytes.withLock { ByteBuffer(bytes: $0) })
  }

  /// Sends JSON.
  package func post(
    _ path: String, _ json: String, headers: HTTPFields = [:]
  ) async throws -> TestResponse {
    try await send(.post, path, headers: headers, body: ByteBuffer(string: json))
  }

  /// Takes the parts of a body.
  private final class Collector: ResponseBodyWriter, Sendable {
    let bytes = Mutex<[UInt8]>([])

    func write(_ buffer: ByteBuffer) async throws {
      bytes.withLock { $0 += buffer.readableBytesView }
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
  }
}

/// An answer with its whole body.
package struct TestResponse: Sendable {
  package let status: HTTPResponse.Status
  package let headers: HTTPFields
  package let body: ByteBuffer

  /// The body as text.
  package var text: String { String(decoding: body.readableBytesView, as: UTF8.self) }

  /// The body as JSON.
  package var json: [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
  }

  /// The body as a JSON array.
  package var jsonArray: [Any] {
    (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [Any] ?? []
  }

  /// The numbers of the pictures on a page of hits.
  package var pictureIDs: [Int] {
    (json["hits"] as? [[String: Any]] ?? []).compactMap {
      ($0["picture"] as? [String: Any])?["id"] as? Int
    }
  }

  /// The sentence of an error.
  package var problem: String { (json["error"] as? [String: Any])?["message"] as? String ?? "" }
}
