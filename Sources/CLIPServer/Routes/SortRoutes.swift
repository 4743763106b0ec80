import CLIPModels
import CLIPSearch
import Foundation
import Hummingbird

/// `/api/v1/sort`: the library's pictures by the words that fit them best.
struct SortRoutes: Sendable {
  let services: Services

  private struct SortRequest: Decodable {
    var labels: [String]
    var templates: [String]?
    var limit: Int?
  }

  private struct SortAnswer: Encodable {
    struct Label: Encodable {
      var label: String
      var count: Int
      var hits: [PageMessage.Hit]
    }
    var labels: [Label]
    var unsorted: Int
    var milliseconds: Double
  }

  /// Pictures of one label that an answer names.
  private static let limits = 1...200

  func add(to group: RouterGroup<ServerContext>) {
    group.post("sort") { request, _ -> Response in
      try await services.answer(request, shape: .init(text: 256 << 10)) { (body: SortRequest) in
        try await sort(body)
      }
    }
  }

  private func sort(_ request: SortRequest) async throws -> SortAnswer {
    let start = ContinuousClock.now
    let limit = request.limit ?? 24
    guard Self.limits.contains(limit) else {
      throw ServerError.invalidRequest("'limit' must be 1 to \(Self.limits.upperBound).")
    }
    guard Set(request.labels).count == request.labels.count,
      request.labels.count * limit <= 4_000
    else {
      throw ServerError.invalidRequest(
        "'labels' must differ from each other, and labels times 'limit' be at most 4000.")
    }
    let prompts = try services.prompts(request.templates, for: request.labels)
    let overview = try await services.overview.current()
    guard overview.statistics.vectors > 0 else {
      return SortAnswer(
        labels: request.labels.map { .init(label: $0, count: 0, hits: []) }, unsorted: 0,
        milliseconds: (ContinuousClock.now - start).milliseconds)
    }
    let classifier = try await services.classifier(labels: request.labels, prompts: prompts)
    return try await services.onThreads {
      let sorted = try await services.library.sorted(by: classifier, limit: limit)
      var labels: [SortAnswer.Label] = []
      for (label, group) in zip(request.labels, sorted.labels) {
        let pictures = try await services.library.pictures(group.best.map(\.id))
        let byNumber = Dictionary(pictures.map { ($0.id, $0) }) { first, _ in first }
        labels.append(
          SortAnswer.Label(
            label: label, count: group.count,
            // A picture that has just been deleted is missing.
            hits: group.best.compactMap { entry in
              byNumber[entry.id].map {
                PageMessage.Hit(
                  picture: PictureMessage(
                    $0, folders: overview.names, prefix: services.pathPrefix),
                  cosine: entry.cosine, probability: entry.probability)
              }
            }))
      }
      return SortAnswer(
        labels: labels, unsorted: sorted.unsorted,
        milliseconds: (ContinuousClock.now - start).milliseconds)
    }
  }
}
