import CLIPSearch
import Foundation
import Logging
import Synchronization

/// What the routes work with.
struct Services: Sendable {
  let library: PictureLibrary
  let engine: EmbeddingEngine
  let configuration: ServerConfiguration
  let metrics: ServerMetrics
  let bodies: BodyReader
  let overview: LibraryOverview
  let fetcher: PictureFetcher?
  /// Ranking and reading of files, away from the cooperative pool.
  let threads: DedicatedThreads
  let authentication: Authentication
  let started: ContinuousClock.Instant

  init(
    library: PictureLibrary, model: any EmbeddingModel, configuration: ServerConfiguration
  ) throws {
    metrics = ServerMetrics()
    engine = EmbeddingEngine(model: model, limits: configuration.engine, metrics: metrics)
    try library.use(engine)
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
    authentication = Authentication(token: configuration.token)
    started = .now
  }

  /// Runs work that reads files or ranks pictures on its own threads.
  func onThreads<Value: Sendable>(
    _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    try await withTaskExecutorPreference(threads) { try await work() }
  }
}
