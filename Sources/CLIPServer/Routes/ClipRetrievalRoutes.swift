import CLIPImages
import CLIPModels
import CLIPSearch
import CoreMetrics
import Foundation
import Hummingbird

/// The contract of clip-retrieval's `clip-retrieval back` 2.45, for its `ClipClient`, its page and
/// everything written against them.
///
/// Options for models that are not here (`use_safety_model`, `use_violence_detector`, `use_mclip`,
/// aesthetic scores) are accepted and do nothing, as in the original without those models.
struct ClipRetrievalRoutes: Sendable {
  let services: Services
  /// The name of the only index.
  let index: String

  private struct Query: Decodable {
    var text: String?
    var image: String?
    var imageURL: String?
    var embedding: [Float]?
    var modality: String
    var imageCount: Int
    var idCount: Int?
    var index: String?
    var deduplicate: Bool?

    private enum CodingKeys: String, CodingKey {
      case text
      case image
      case imageURL = "image_url"
      case embedding = "embedding_input"
      case modality
      case imageCount = "num_images"
      case idCount = "num_result_ids"
      case index = "indice_name"
      case deduplicate
    }
  }

  private struct MetadataQuery: Decodable {
    var ids: [Int64]
    var index: String?

    private enum CodingKeys: String, CodingKey {
      case ids
      case index = "indice_name"
    }
  }

  /// A hit; everything but number and similarity only for the first `num_images`.
  private struct Hit: Encodable {
    var url: String?
    var caption: String?
    var imagePath: String?
    var image: String?
    var id: Int64
    var similarity: Float

    private enum CodingKeys: String, CodingKey {
      case url
      case caption
      case imagePath = "image_path"
      case image
      case id
      case similarity
    }
  }

  private struct Metadata: Encodable {
    struct Columns: Encodable {
      var url: String
      var caption: String
      var imagePath: String
      var image: String?

      private enum CodingKeys: String, CodingKey {
        case url
        case caption
        case imagePath = "image_path"
        case image
      }
    }
    var id: Int64
    var metadata: Columns
  }

  private struct PageConfiguration: Encodable {
    var defaultBackend: String
    var defaultIndex = ""
    var urlColumn = "url"
  }

  /// clip-retrieval folds results that are more similar than this.
  private static let duplicateThreshold: Float = 0.94
  /// More base64 pictures than this would make an answer of many megabytes.
  private static let maximumInlinePictures = 100

  func add(to router: RouterGroup<ServerContext>) {
    router.get("indices-list") { _, _ -> Response in try .json([index]) }
    router.get("config.json") { request, _ -> Response in
      try .json(PageConfiguration(defaultBackend: base(request) + "/"))
    }
    router.post("knn-service") { request, _ -> Response in
      try await services.answer(request) { (query: Query) in
        try await services.metrics.search.time {
          try await services.onThreads { try await hits(for: query, base: base(request)) }
        }
      }
    }
    router.post("metadata") { request, _ -> Response in
      // Room for as many numbers as an answer may have, and for blanks between them.
      let shape = BodyShape.Limits(structure: 24 * services.configuration.limits.ids)
      return try await services.answer(request, shape: shape) { (query: MetadataQuery) in
        try await services.onThreads { try await metadata(for: query, base: base(request)) }
      }
    }
  }

  /// `http://HOST:PORT` as the client sees it.
  private func base(_ request: Request) -> String {
    if let address = services.configuration.publicAddress {
      return address.origin + address.prefix
    }
    return "http://\(request.head.authority ?? services.configuration.host)"
  }

  private func hits(for query: Query, base: String) async throws -> [Hit] {
    try check(query.index)
    guard ["image", "text"].contains(query.modality) else {
      throw ServerError.invalidRequest("'modality' must be \"image\" or \"text\".")
    }
    let count = max(query.imageCount, query.idCount ?? query.imageCount)
    guard (1...services.configuration.limits.ids).contains(count), query.imageCount >= 0 else {
      throw ServerError.invalidRequest(
        "'num_images' and 'num_result_ids' must be 1 to \(services.configuration.limits.ids).")
    }
    let overview = try await services.overview.current()
    guard overview.statistics.vectors > 0 else { return [] }
    let (content, length) = try await content(of: query)
    var search = SearchQuery(terms: [.init(content)], limit: count)
    search.target = query.modality == "text" ? .captions : .pictures
    search.foldingThreshold = query.deduplicate == true ? Self.duplicateThreshold : nil
    let found = try await services.metrics.ranking.time {
      do {
        return try await services.library.search(search)
      } catch SearchError.emptyLibrary {
        return []
      }
    }
    let inline = try await thumbnails(
      of: found.prefix(min(query.imageCount, Self.maximumInlinePictures)).map(\.id))
    return found.enumerated().map { place, hit in
      guard place < query.imageCount else {
        return Hit(id: hit.id, similarity: hit.cosine * length)
      }
      return Hit(
        url: "\(base)/api/v1/pictures/\(hit.id)/original",
        caption: hit.caption ?? FolderNames.displayName(hit.path),
        imagePath: Self.displayPath(hit.path, overview.names),
        image: inline[hit.id], id: hit.id,
        similarity: hit.cosine * length)
    }
  }

  /// What is looked for, and the length of its vector: the original does not normalise an
  /// embedding, so its similarities are inner products.
  private func content(of query: Query) async throws -> (SearchQuery.Content, Float) {
    if let text = query.text, !text.isEmpty {
      try services.configuration.limits.check(text: text)
      return (.text(text), 1)
    }
    if let picture = try await services.queryPicture(base64: query.image, address: query.imageURL) {
      guard let vector = try await services.engine.embeddings(of: [picture]).first else {
        throw ServerError.engine("it returned no vector")
      }
      return (.vector(Array(vector)), 1)
    }
    guard let embedding = query.embedding else {
      throw ServerError.invalidRequest(
        "One of 'text', 'image', 'image_url' and 'embedding_input' must be given.")
    }
    let dimension = services.engine.embeddingDimension
    guard embedding.count == dimension else {
      throw ServerError.invalidRequest("'embedding_input' must have \(dimension) numbers.")
    }
    return (.vector(embedding), embedding.reduce(0) { $0 + $1 * $1 }.squareRoot())
  }

  private func metadata(for query: MetadataQuery, base: String) async throws -> [Metadata] {
    try check(query.index)
    guard query.ids.count <= services.configuration.limits.ids else {
      throw ServerError.invalidRequest(
        "'ids' may have at most \(services.configuration.limits.ids) numbers.")
    }
    let start = ContinuousClock.now
    defer { services.metrics.metadata.recordNanoseconds((ContinuousClock.now - start).nanoseconds) }
    let pictures = try await services.library.pictures(query.ids)
    let inline = try await thumbnails(of: pictures.prefix(Self.maximumInlinePictures).map(\.id))
    let names = try await services.overview.current().names
    return pictures.map { picture in
      Metadata(
        id: picture.id,
        metadata: .init(
          url: "\(base)/api/v1/pictures/\(picture.id)/original",
          caption: picture.caption ?? FolderNames.displayName(picture.path),
          imagePath: Self.displayPath(picture.path, names),
          image: inline[picture.id]))
    }
  }

  private func check(_ name: String?) throws(ServerError) {
    guard name == nil || name == "" || name == index else {
      throw .invalidRequest("There is no index '\(name ?? "")'; the only one is '\(index)'.")
    }
  }

  private static func displayPath(_ path: String, _ names: FolderNames) -> String {
    names.display(FolderNames.split(path).folder) + "/" + FolderNames.displayName(path)
  }

  /// Small JPEGs as base64; none for a picture whose file has gone or cannot be read.
  private func thumbnails(of ids: [Int64]) async throws -> [Int64: String] {
    var found: [Int64: String] = [:]
    for id in ids {
      do {
        let name = try await services.library.thumbnailName(of: id, side: 320)
        found[id] = try await services.thumbnail(name).base64EncodedString()
      } catch is SearchError {
        continue
      } catch is ImageError {
        continue
      }
    }
    return found
  }
}
