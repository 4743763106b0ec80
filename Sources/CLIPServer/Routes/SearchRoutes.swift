import CLIPModels
import CLIPSearch
import CoreMetrics
import Foundation
import Hummingbird

/// `/api/v1/search` and `/api/v1/pictures/{id}/similar`.
struct SearchRoutes: Sendable {
  let services: Services

  func add(to group: RouterGroup<ServerContext>) {
    group.get("search") { request, _ -> Response in
      try .json(try await search(SearchRequest(parameters: request.parameterDictionary)))
    }
    group.post("search") { request, _ -> Response in
      try await services.answer(request) { (body: SearchRequest) in try await search(body) }
    }
    group.get("pictures/{id}/similar") { request, context -> Response in
      let id = try context.pictureID()
      return try .json(
        try await search(SearchRequest(like: id, parameters: request.parameterDictionary)))
    }
  }

  /// Ranks the library's pictures for a request.
  private func search(_ request: SearchRequest) async throws -> PageMessage {
    let start = ContinuousClock.now
    try request.validate(
      services.configuration.limits, dimension: services.engine.embeddingDimension)
    return try await services.metrics.search.time {
      try await services.onThreads { try await page(for: request, since: start) }
    }
  }

  private func page(
    for request: SearchRequest, since start: ContinuousClock.Instant
  ) async throws -> PageMessage {
    let overview = try await services.overview.current()
    let offset = request.offset ?? 0
    var query = SearchQuery(terms: try await terms(of: request), limit: request.limit ?? 40)
    guard !query.terms.isEmpty else {
      throw ServerError.invalidRequest(
        "A search needs 'text' ('q' in an address), 'plus', 'minus', 'image', 'picture' or "
          + "'vector'.")
    }
    guard overview.statistics.vectors > 0 else {
      if let id = request.picture { throw SearchError.noPicture(id: id) }
      return PageMessage(hits: [], total: 0, offset: offset, milliseconds: 0)
    }
    query.offset = offset
    query.filter = try request.joinedFilter(folders: overview.names)
    query.target = request.captions == true ? .captions : .pictures
    query.foldingThreshold =
      request.foldDuplicates == true ? SearchRequest.foldingThreshold : nil
    query.minimumCosine = request.minimumCosine
    let hits = try await services.library.search(query)
    let total =
      query.filter == nil
      ? overview.statistics.vectors : try await services.library.count(where: query.filter)
    let next = offset + query.limit
    let isMore = hits.count == query.limit && next < min(total, PictureLibrary.maximumHits)
    return PageMessage(
      hits: hits.map {
        PageMessage.Hit(
          picture: PictureMessage($0, folders: overview.names, prefix: services.pathPrefix),
          cosine: $0.cosine,
          probability: $0.probability, folded: $0.folded.isEmpty ? nil : $0.folded)
      },
      total: total, offset: offset, nextOffset: isMore ? next : nil,
      milliseconds: (ContinuousClock.now - start).milliseconds)
  }

  /// The parts of a query; pictures are embedded here, so that they are decoded in good company.
  private func terms(of request: SearchRequest) async throws -> [SearchQuery.Term] {
    var terms: [SearchQuery.Term] = []
    func add(_ text: String, weight: Float) throws(ServerError) {
      guard weight.isFinite, abs(weight) <= 100 else {
        throw .invalidRequest("A weight must be between -100 and 100.")
      }
      let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
      if !text.isEmpty { terms.append(.init(.text(text), weight: weight)) }
    }
    if let text = request.text { try add(text, weight: 1) }
    for term in request.plus ?? [] { try add(term.text, weight: term.weight ?? 1) }
    for term in request.minus ?? [] {
      try add(term.text, weight: -(term.weight ?? SearchRequest.minusWeight))
    }
    if let picture = request.picture { terms.append(.init(.picture(picture))) }
    if let vector = request.vector { terms.append(.init(.vector(vector))) }
    if let picture = try await services.queryPicture(
      base64: request.image, address: request.imageURL)
    {
      let vectors = try await services.engine.embeddings(of: [picture])
      terms += vectors.map { .init(.vector(Array($0))) }
    }
    return terms
  }
}

extension Services {
  /// The bytes of a picture that a request carries or names; `nil` if it does neither.
  func queryPicture(base64: String?, address: String?) async throws -> Data? {
    if let base64, !base64.isEmpty { return try await picture(base64: base64) }
    guard let address, !address.isEmpty else { return nil }
    guard let fetcher else { throw ServerError.fetchingSwitchedOff }
    return try await metrics.download.time { try await fetcher.fetch(address) }
  }
}

extension Request {
  /// The parameters of the address; of equal names the first.
  var parameterDictionary: [Substring: Substring] {
    Dictionary(
      uri.queryParameters.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
  }
}

extension ServerContext {
  /// The picture's number in the address.
  ///
  /// - Throws: ``ServerError/notFound(_:)``.
  func pictureID() throws(ServerError) -> Int64 {
    let text = parameters.get("id") ?? ""
    guard let id = Int64(text), id > 0 else { throw .notFound("The picture '\(text.prefix(40))'") }
    return id
  }
}
