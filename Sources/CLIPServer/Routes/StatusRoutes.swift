import CLIPModels
import CLIPSearch
import CoreMetrics
import Foundation
import HTTPTypes
import Hummingbird

/// `/api/v1/status`, `/api/v1/facets`, `/api/v1/session`, `/metrics`, `/readyz`.
struct StatusRoutes: Sendable {
  let services: Services

  private struct Status: Encodable {
    struct Library: Encodable {
      var name: String
      var pictures: Int
      var searchable: Int
      var captions: Int
      var bytes: Int64
      var store: String
    }
    struct Model: Encodable {
      var name: String
      var fingerprint: String
      var dimension: Int
      var embedded: Bool
      var waiting: Int
    }
    struct Features: Encodable {
      var upload: Bool
      var delete: Bool
      var imageURL: Bool
    }
    struct Limits: Encodable {
      var uploadBytes: Int
      var hits: Int
      var texts: Int
      var pictures: Int
    }
    var version: String
    var uptimeSeconds: Int
    var library: Library
    var model: Model
    var features: Features
    var limits: Limits
  }

  private struct Facets: Encodable {
    struct Folder: Encodable {
      var folder: String
      var count: Int
    }
    struct Tag: Encodable {
      var tag: String
      var count: Int
    }
    var folders: [Folder]
    var tags: [Tag]
  }

  func add(to group: RouterGroup<ServerContext>) {
    group.get("status") { _, _ -> Response in
      try await services.onThreads { try .json(await status()) }
    }
    group.get("facets") { _, _ -> Response in
      try await services.onThreads { try .json(await facets()) }
    }
    group.post("session") { _, _ -> Response in
      // The token has been checked on the way here.
      var response = Response(status: .noContent)
      if services.configuration.token != nil { response.setCookie(services.authentication.cookie) }
      return response
    }
  }

  /// Whether the store answers, for whoever shares requests out among servers.
  func addReadiness(to group: RouterGroup<ServerContext>) {
    group.get("readyz") { _, _ -> Response in
      let kind = services.library.storeKind
      // What is wrong is in the log of whoever asks for pictures; strangers learn the kind alone.
      guard await services.isStoreReady() else {
        return Response.text("the store (\(kind)) does not answer\n", status: .serviceUnavailable)
      }
      return Response.text("ready: \(kind)\n")
    }
  }

  /// The routes for monitoring, outside of `/api/v1`.
  func addMonitoring(to group: RouterGroup<ServerContext>) {
    group.get("metrics") { _, _ -> Response in
      services.metrics.waiting.set(services.engine.waitingCount)
      let isReady = await services.isStoreReady()
      services.metrics.storeUp(services.library.storeKind).set(isReady ? 1 : 0)
      // What is known of a store that does not answer is no news: the rest is shown all the same.
      if isReady {
        services.metrics.libraryPictures.set(
          try await services.onThreads {
            try await services.overview.current().statistics.pictures
          })
      }
      return Response.text(
        services.metrics.registry.text, type: "text/plain; version=0.0.4; charset=utf-8")
    }
    group.get("metrics-summary") { _, _ -> Response in
      Response.text(services.metrics.registry.summary)
    }
  }

  private func status() async throws -> Status {
    let statistics = try await services.overview.current().statistics
    let configuration = services.configuration
    let engine = services.engine
    return Status(
      version: configuration.version,
      uptimeSeconds: Int((ContinuousClock.now - services.started).components.seconds),
      library: .init(
        name: FolderNames.split(services.library.folder).name, pictures: statistics.pictures,
        searchable: statistics.vectors, captions: statistics.captions,
        bytes: statistics.pictureBytes, store: services.library.storeKind),
      model: .init(
        name: engine.name, fingerprint: engine.fingerprint,
        dimension: engine.embeddingDimension, embedded: configuration.isEmbeddedModel,
        waiting: engine.waitingCount),
      features: .init(
        upload: configuration.allowsUpload, delete: configuration.allowsDelete,
        imageURL: configuration.fetchesPictures),
      limits: .init(
        uploadBytes: configuration.limits.bodyBytes, hits: configuration.limits.hits,
        texts: configuration.limits.texts, pictures: configuration.limits.pictures))
  }

  private func facets() async throws -> Facets {
    let overview = try await services.overview.current()
    let tags = try await services.library.tags()
    return Facets(
      folders: overview.folders.prefix(2_000).map {
        .init(folder: overview.names.display($0.path), count: $0.count)
      },
      tags: tags.prefix(500).map { .init(tag: $0.tag, count: $0.count) })
  }
}

extension Response {
  /// A plain answer.
  static func text(
    _ text: String, type: String = "text/plain; charset=utf-8", status: HTTPResponse.Status = .ok
  ) -> Response {
    Response(
      status: status, headers: [.contentType: type, .cacheControl: "no-store"],
      body: .init(byteBuffer: ByteBuffer(string: text)))
  }
}
