import CLIPModels
package import CoreMetrics

/// The instruments of a server.
///
/// The `*_time` histograms carry the names of clip-retrieval's.
package struct ServerMetrics: Sendable {
  /// Where they are kept for `/metrics`.
  package let registry: PrometheusRegistry
  /// Where they are made: the registry, and the host's own system besides.
  private let factory: any MetricsFactory
  /// A whole search, from the decoded request to the hits.
  package let search: Timer
  /// Ranking alone, without the model.
  package let ranking: Timer
  /// A forward pass for texts.
  package let textInference: Timer
  /// A forward pass for pictures.
  package let pictureInference: Timer
  /// Decoding and resizing of query pictures.
  package let pictureDecoding: Timer
  /// Fetching a picture from an address.
  package let download: Timer
  /// Looking up what is known about pictures.
  package let metadata: Timer
  /// Texts in a forward pass.
  package let textBatch: Recorder
  /// Pictures in a forward pass.
  package let pictureBatch: Recorder
  /// Texts that needed no forward pass.
  package let cachedTexts: Counter
  /// Requests that are being answered.
  package let activeRequests: Meter
  /// Texts and pictures that wait for the model.
  package let waiting: Meter
  /// Pictures in the library.
  package let libraryPictures: Meter

  /// Instruments in a registry of their own.
  ///
  /// - Parameters:
  ///   - registry: Where they are kept for `/metrics`.
  ///   - host: Gets all of them too: the metrics system of the program that the server is part of.
  package init(
    registry: PrometheusRegistry = PrometheusRegistry(), alsoFor host: (any MetricsFactory)? = nil
  ) {
    self.registry = registry
    let factory: any MetricsFactory =
      host.map { MultiplexMetricsHandler(factories: [registry, $0]) } ?? registry
    self.factory = factory
    func timer(_ label: String) -> Timer { Timer(label: label, factory: factory) }
    search = timer("full_knn_request_time")
    ranking = timer("knn_index_time")
    textInference = timer("text_clip_inference_time")
    pictureInference = timer("image_clip_inference_time")
    pictureDecoding = timer("image_prepro_time")
    download = timer("download_time")
    metadata = timer("metadata_get_time")
    textBatch = Recorder(label: "cnclip_text_batch_size", factory: factory)
    pictureBatch = Recorder(label: "cnclip_picture_batch_size", factory: factory)
    cachedTexts = Counter(label: "cnclip_text_cache_hits_total", factory: factory)
    activeRequests = Meter(label: "http_server_active_requests", factory: factory)
    waiting = Meter(label: "cnclip_model_queue_length", factory: factory)
    libraryPictures = Meter(label: "cnclip_library_pictures", factory: factory)
    // clip-retrieval's dashboards expect these names too, though nothing here spends time in them.
    for label in ["dedup_time", "safety_time", "text_prepro_time"] { _ = timer(label) }
  }

  /// Counts what the model's engine did.
  func record(_ event: EmbeddingEngine.Event) {
    switch event {
    case .embeddedTexts(let count, let duration):
      textBatch.record(count)
      textInference.recordNanoseconds(duration.nanoseconds)
    case .embeddedPictures(let count, let duration):
      pictureBatch.record(count)
      pictureInference.recordNanoseconds(duration.nanoseconds)
    case .decodedPictures(_, let duration):
      pictureDecoding.recordNanoseconds(duration.nanoseconds)
    case .answeredFromCache(let texts): cachedTexts.increment(by: texts)
    }
  }

  /// Whether the library's store answers: 1 or 0.
  package func storeUp(_ kind: String) -> Meter {
    Meter(label: "cnclip_store_up", dimensions: [("store", kind)], factory: factory)
  }

  /// Counts a finished request and how long it took.
  package func record(endpoint: String, method: String, status: Int, nanoseconds: Int64) {
    let labels = [("endpoint", endpoint), ("method", method), ("status", "\(status)")]
    Counter(label: "http_server_requests_total", dimensions: labels, factory: factory).increment()
    Timer(
      label: "http_server_request_duration_seconds", dimensions: [("endpoint", endpoint)],
      factory: factory
    ).recordNanoseconds(nanoseconds)
  }
}

extension Timer {
  /// Runs `work` and records how long it took, also when it throws.
  package func time<Value>(
    isolation: isolated (any Actor)? = #isolation, _ work: () async throws -> Value
  ) async rethrows -> Value {
    let start = ContinuousClock.now
    defer { recordNanoseconds((ContinuousClock.now - start).nanoseconds) }
    return try await work()
  }
}

extension Duration {
  /// Whole nanoseconds.
  package var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }

  /// Milliseconds with two decimals.
  package var milliseconds: Double {
    (Double(nanoseconds) / 1e4).rounded() / 100
  }
}
