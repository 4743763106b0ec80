import CLIPSearch
import CLIPServer
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

/// A server over a small library in a temporary folder: red 1, green 2, blue 3.
final class ServerFixture: Sendable {
  let folder: URL
  let library: PictureLibrary
  let model: ColorModel
  let server: PictureServer

  init(
    empty: Bool = false, _ configure: (inout ServerConfiguration) -> Void = { _ in }
  ) async throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "cnclip-server-\(UUID().uuidString)")
    library = try PictureLibrary.open(at: folder.path, creating: true)
    model = ColorModel()
    var configuration = ServerConfiguration()
    configure(&configuration)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    server = try PictureServer(
      library: library, model: model, configuration: configuration, logger: logger)
    guard !empty else { return }
    for (name, colour) in [
      ("红.jpg", (255, 0, 0)), ("绿.jpg", (0, 255, 0)), ("蓝.jpg", (0, 0, 255)),
    ] as [(String, (UInt8, UInt8, UInt8))] {
      _ = try await library.add(
        picture(red: colour.0, green: colour.1, blue: colour.2), named: name,
        caption: String(name.prefix(1)) + "色")
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Sends requests to the router without a socket.
  func test<Value: Sendable>(
    _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Value
  ) async throws -> Value {
    try await server.application().test(.router, body)
  }
}

extension TestClientProtocol {
  /// Sends a request and gives the answer.
  func send(
    _ method: HTTPRequest.Method = .get, _ path: String, headers: HTTPFields = [:],
    body: ByteBuffer? = nil
  ) async throws -> TestResponse {
    try await execute(uri: path, method: method, headers: headers, body: body) { $0 }
  }

  /// Sends JSON.
  func post(_ path: String, _ json: String, headers: HTTPFields = [:]) async throws -> TestResponse {
    try await send(.post, path, headers: headers, body: ByteBuffer(string: json))
  }
}

extension TestResponse {
  /// The body as text.
  var text: String { String(decoding: body.readableBytesView, as: UTF8.self) }

  /// The body as JSON.
  var json: [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(body.readableBytesView))) as? [String: Any] ?? [:]
  }

  /// The body as a JSON array.
  var jsonArray: [Any] {
    (try? JSONSerialization.jsonObject(with: Data(body.readableBytesView))) as? [Any] ?? []
  }

  /// The numbers of the pictures on a page of hits.
  var pictureIDs: [Int] {
    (json["hits"] as? [[String: Any]] ?? []).compactMap {
      ($0["picture"] as? [String: Any])?["id"] as? Int
    }
  }

  /// The sentence of an error.
  var problem: String { (json["error"] as? [String: Any])?["message"] as? String ?? "" }
}
