import CLIPModels
import CLIPSearch
import CoreMetrics
import Foundation
import Hummingbird
import Logging
import Synchronization
import Threads

/// What the routes work with.
struct Services: Sendable {
  let library: PictureLibrary
  let engine: EmbeddingEngine
  let configuration: ServerConfiguration
  let metrics: ServerMetrics
  let bodies: BodyReader
  let overview: LibraryOverview
  let fetcher: PictureFetcher?
  /// Ranking, the database and reading of files, away from the cooperative pool.
  private let threads: DedicatedThreads
  /// Making values of JSON and base64 and the other way round; a long body holds up no search.
  private let parsing = DedicatedThreads(label: "cnclip.parse", count: 2)
  let authentication: Authentication
  let started: ContinuousClock.Instant

  init(
    library: PictureLibrary, model: any EmbeddingModel, configuration: ServerConfiguration,
    metricsFactory: (any MetricsFactory)?
  ) async throws {
    let metrics = ServerMetrics(alsoFor: metricsFactory)
    self.metrics = metrics
    engine = EmbeddingEngine(model: model, limits: configuration.engine) { metrics.record($0) }
    try await library.use(engine)
    self.library = library
    self.configuration = configuration
    bodies = BodyReader(
      limit: configuration.limits.bodyBytes, total: configuration.limits.allBodyBytes)
    overview = LibraryOverview(library: library)
    fetcher =
      configuration.fetchesPictures
      ? PictureFetcher(byteLimit: configuration.limits.bodyBytes) : nil
    threads = DedicatedThreads(
      label: "cnclip.search", count: ProcessInfo.processInfo.activeProcessorCount)
    authentication = Authentication(
      token: configuration.token, isBehindProxy: configuration.publicAddress != nil)
    started = .now
  }

  /// Reads a JSON body and answers it.
  ///
  /// - Parameters:
  ///   - request: Whose body it is.
  ///   - shape: What the body may consist of.
  ///   - answer: Gets the decoded body; runs where the request does.
  /// - Returns: The answer as JSON.
  /// - Throws: ``ServerError``, and what `answer` throws.
  func answer<Body: Decodable & Sendable, Answer: Encodable & Sendable>(
    _ request: Request, shape: BodyShape.Limits = .init(),
    with answer: (Body) async throws -> Answer
  ) async throws -> Response {
    try await bodies.read(request, shape: shape) { buffer in
      let body = try await parsing.run { try JSON.decode(Body.self, from: buffer) }
      let value = try await answer(body)
      return try await parsing.run { try .json(value) }
    }
  }

  /// What stands before the paths that answers name.
  var pathPrefix: String { configuration.publicAddress?.prefix ?? "" }

  /// What a body may consist of that holds as many texts as a request may have.
  var manyTexts: BodyShape.Limits {
    BodyShape.Limits(text: configuration.limits.texts * configuration.limits.textBytes)
  }

  /// The bytes of a picture that a request carries in base64.
  func picture(base64: String) async throws -> Data {
    try await parsing.run { try PictureSource.bytes(base64) }
  }

  /// A thumbnail; one that has to be made waits with everything else that is decoded.
  func thumbnail(_ name: PictureLibrary.ThumbnailName) async throws -> Data {
    if let kept = try await onThreads({ library.keptThumbnail(name) }) { return kept }
    return try await engine.decoding.run { try await library.thumbnail(name) }
  }

  /// Whether the library's store answers.
  func isStoreReady() async -> Bool {
    do {
      try await onThreads { try await library.checkStore() }
      return true
    } catch {
      return false
    }
  }

  /// Runs work that asks the database, reads files or ranks pictures on its own threads.
  func onThreads<Value: Sendable>(
    _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    try await withTaskExecutorPreference(threads) { try await work() }
  }
}
