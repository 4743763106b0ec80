import CLIPSearch
import CLIPServer
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import ServerTestSupport
import Testing

/// A server over a small library in a temporary folder: red 1, green 2, blue 3.
final class ServerFixture: Sendable {
  let folder: URL
  let library: PictureLibrary
  let model: ColorModel
  let server: PictureServer
  private let listening: AsyncStream<Int>

  init(
    empty: Bool = false, _ configure: (inout ServerConfiguration) -> Void = { _ in }
  ) async throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "cnclip-server-\(UUID().uuidString)")
    library = try await PictureLibrary.open(at: folder.path, creating: true)
    model = ColorModel()
    var configuration = ServerConfiguration()
    configure(&configuration)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    configuration.port = 0
    let (listening, announce) = AsyncStream.makeStream(of: Int.self)
    self.listening = listening
    server = try await PictureServer(
      library: library, model: model, configuration: configuration, logger: logger
    ) { announce.yield($0) }
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
    _ body: @Sendable (RouterClient) async throws -> Value
  ) async throws -> Value {
    try await body(RouterClient(server.application()))
  }

  /// Runs the server on a port of the system's choice while `body` runs.
  func serving(_ body: @Sendable (Int) async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { [server] in try await server.application().run() }
      var ports = listening.makeAsyncIterator()
      if let port = await ports.next() { try await body(port) }
      group.cancelAll()
    }
  }
}
