public import CLIPModels
public import CLIPSearch
public import CoreMetrics
import Files
import Foundation
import HTTPTypes
package import Hummingbird
public import Logging
import NIOCore
public import ServiceLifecycle
import UnixSignals

/// An HTTP server for a picture library: JSON API, web page, clip-retrieval's and OpenAI's
/// protocols, metrics.
///
/// ```swift
/// let library = try await PictureLibrary.open(at: "album.library")
/// let server = try await PictureServer(
///   library: library, model: CLIP.embedded(), configuration: ServerConfiguration())
/// try await server.run()
/// ```
public struct PictureServer: Service {
  private let services: Services
  private let page: PageRoutes
  private let logger: Logger
  private let onListening: @Sendable (Int) async -> Void

  /// Prepares a server; nothing listens before ``run()``.
  ///
  /// - Parameters:
  ///   - library: What is searched; the server becomes its only user of `model`.
  ///   - model: What embeds queries and new pictures.
  ///   - configuration: Where to listen and what to allow.
  ///   - logger: Takes one line a request at `info`, without contents.
  ///   - metricsFactory: The metrics system of the program that the server is part of; gets what
  ///     `/metrics` shows.
  ///   - onListening: Called with the port once requests are taken.
  /// - Throws: ``ServerError`` for settings that make no sense, `SearchError` for a model that is
  ///   not the library's.
  public init(
    library: PictureLibrary, model: any EmbeddingModel,
    configuration: ServerConfiguration = ServerConfiguration(),
    logger: Logger = Logger(label: "cnclip.server"),
    metricsFactory: (any MetricsFactory)? = nil,
    onListening: @escaping @Sendable (Int) async -> Void = { _ in }
  ) async throws {
    try configuration.validate()
    services = try await Services(
      library: library, model: model, configuration: configuration,
      metricsFactory: metricsFactory)
    let limits = configuration.limits
    page = try PageRoutes(numbers: [
      "dimension": model.embeddingDimension, "texts": limits.texts, "hits": limits.hits,
      "pictures": limits.pictures, "ids": limits.ids,
    ])
    self.logger = logger
    self.onListening = onListening
  }

  /// Serves until SIGTERM or SIGINT; then takes no new requests, finishes the running ones, and
  /// returns.
  ///
  /// - Throws: ``ServerError/cannotListen(address:reason:)``.
  public func run() async throws {
    let configuration = services.configuration
    let group = ServiceGroup(
      configuration: {
        var group = ServiceGroupConfiguration(
          services: [.init(service: application())],
          gracefulShutdownSignals: [.sigterm, .sigint], logger: quietLogger)
        group.maximumGracefulShutdownDuration = .seconds(15)
        return group
      }())
    do {
      try await group.run()
    } catch let error as IOError {
      throw ServerError.cannotListen(
        address: "\(configuration.host):\(configuration.port)", reason: error.shortDescription)
    }
  }

  /// The life-cycle messages of the frameworks, warnings and worse only.
  private var quietLogger: Logger {
    var logger = logger
    logger.logLevel = max(logger.logLevel, .warning)
    return logger
  }

  /// The application, for tests without a socket and for embedding in another service group.
  package func application() -> some ApplicationProtocol {
    let configuration = services.configuration
    let limits = configuration.limits
    let files = OpenFiles.raiseLimit()
    // Some files are for the library, the page and the system.
    let connections = max(1, min(limits.connections, files - 128))
    return Application(
      responder: RequestNormalizer(prefix: services.pathPrefix, base: router().buildResponder()),
      server: .http1(
        configuration: .init(
          additionalChannelHandlers: [
            ExchangeGuard(
              requestLimit: .seconds(Int64(limits.requestSeconds)),
              answerLimit: .seconds(Int64(limits.answerSeconds)),
              byteLimit: 2 * limits.bodyBytes)
          ],
          idleTimeout: .seconds(Int64(limits.idleSeconds)),
          // Enough for an address with a text, a text to leave out, a folder and a filter.
          httpDecoderConfiguration: .init(
            maxHeaderFieldSize: 64 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 100))),
      configuration: .init(
        address: .hostname(configuration.host, port: configuration.port),
        backlog: 1_024,
        availableConnectionsDelegate: .maximum(connections, logger: quietLogger)),
      onServerRunning: { channel in
        await onListening(channel.localAddress?.port ?? configuration.port)
      },
      logger: logger)
  }

  private func router() -> Router<ServerContext> {
    let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
    router.middlewares.add(AccessLog(metrics: services.metrics))
    router.middlewares.add(SecurityHeaders())
    router.middlewares.add(ErrorResponses(advice: services.configuration.advice))
    router.middlewares.add(HostPolicy(configuration: services.configuration))

    // The page asks for the token, so it is open to everyone; it holds nothing of the library.
    page.add(to: router.group(""))

    let origins = OriginPolicy(
      allowed: services.configuration.allowedOrigins,
      publicOrigin: services.configuration.publicAddress?.origin)
    let open = router.group("").add(middleware: origins)
    page.addDescription(to: open)
    open.get("healthz") { _, _ -> Response in Response.text("ok\n") }
    StatusRoutes(services: services).addReadiness(to: open)

    let guarded = router.group("").add(middleware: origins).add(middleware: services.authentication)
    StatusRoutes(services: services).addMonitoring(to: guarded)
    ClipRetrievalRoutes(services: services, index: "pictures").add(to: guarded)
    EmbeddingsRoutes(services: services).add(to: guarded)

    let api = guarded.group("api/v1")
    SearchRoutes(services: services).add(to: api)
    PictureRoutes(services: services).add(to: api)
    ModelRoutes(services: services).add(to: api)
    SortRoutes(services: services).add(to: api)
    StatusRoutes(services: services).add(to: api)
    Self.refuseOtherMethods(router.routes, on: open)
    return router
  }

  /// Answers 405 instead of 404 where there is something for other methods, and `OPTIONS`.
  private static func refuseOtherMethods(
    _ routes: [Router<ServerContext>.RouteDescription], on group: RouterGroup<ServerContext>
  ) {
    for (_, routes) in Dictionary(grouping: routes, by: \.path.description) {
      var allowed = Set(routes.map(\.method))
      if allowed.contains(.get) { allowed.insert(.head) }
      let names = (allowed.map(\.rawValue) + ["OPTIONS"]).sorted()
      for method in RequestNormalizer<RouterResponder<ServerContext>>.known
      where method != .options && !allowed.contains(method) {
        group.on(routes[0].path, method: method) { _, _ -> Response in
          throw ServerError.wrongMethod(allowed: names)
        }
      }
      group.on(routes[0].path, method: .options) { _, _ -> Response in
        Response(status: .noContent, headers: [.allow: names.joined(separator: ", ")])
      }
    }
  }
}

extension IOError {
  /// The system's own words: "Address already in use".
  fileprivate var shortDescription: String { String(cString: strerror(errnoCode)) }
}
