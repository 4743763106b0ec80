import CLIPModels
import CLIPSearch
import Foundation
import Hummingbird

/// `/api/v1/embed` and `/api/v1/classify`: the model without the library.
struct ModelRoutes: Sendable {
  let services: Services

  private struct EmbedRequest: Decodable {
    var texts: [String]?
    var images: [String]?
  }

  private struct EmbedAnswer: Encodable {
    var model: String
    var fingerprint: String
    var dimension: Int
    var texts: [[Float]]
    var images: [[Float]]
  }

  private struct ClassifyRequest: Decodable {
    var image: String?
    var imageURL: String?
    var picture: Int64?
    var labels: [String]
    var templates: [String]?

    private enum CodingKeys: String, CodingKey {
      case image
      case imageURL = "image_url"
      case picture
      case labels
      case templates
    }
  }

  private struct ClassifyAnswer: Encodable {
    struct Label: Encodable {
      var label: String
      var probability: Float
      var cosine: Float
    }
    var labels: [Label]
  }

  func add(to group: RouterGroup<ServerContext>) {
    group.post("embed") { request, _ -> Response in
      try await services.answer(request, shape: services.manyTexts) { (body: EmbedRequest) in
        try await embed(body)
      }
    }
    group.post("classify") { request, _ -> Response in
      try await services.answer(request, shape: .init(text: 256 << 10)) {
        (body: ClassifyRequest) in try await classify(body)
      }
    }
  }

  private func embed(_ request: EmbedRequest) async throws -> EmbedAnswer {
    let engine = services.engine
    let texts = try await services.unitVectors(ofTexts: request.texts ?? [])
    let images = try await services.unitVectors(ofPictures: request.images ?? [])
    return EmbedAnswer(
      model: engine.name, fingerprint: engine.fingerprint,
      dimension: engine.embeddingDimension, texts: texts, images: images)
  }

  private func classify(_ request: ClassifyRequest) async throws -> ClassifyAnswer {
    let sources: [Any?] = [request.image, request.imageURL, request.picture]
    guard sources.compactMap(\.self).count == 1, request.image != "", request.imageURL != "" else {
      throw ServerError.invalidRequest(
        "A classification needs one of 'image', 'image_url' and 'picture'.")
    }
    let prompts = try services.prompts(request.templates, for: request.labels)
    let picture = try await vector(of: request)
    let classifier = try await services.classifier(labels: request.labels, prompts: prompts)
    let scores = try classifier(Embeddings(dimension: picture.count, values: picture))[0]
    return ClassifyAnswer(
      labels: scores.ranking.map {
        ClassifyAnswer.Label(
          label: request.labels[$0], probability: scores.probabilities[$0],
          cosine: scores.cosines[$0])
      })
  }

  private func vector(of request: ClassifyRequest) async throws -> [Float] {
    if let id = request.picture {
      guard let vector = try await services.onThreads({ try await services.library.vector(of: id) })
      else { throw SearchError.noPicture(id: id) }
      return vector
    }
    guard
      let picture = try await services.queryPicture(
        base64: request.image, address: request.imageURL),
      let vector = try await services.engine.embeddings(of: [picture]).first
    else {
      throw ServerError.invalidRequest("A classification needs 'image' or 'picture'.")
    }
    return try services.unit(vector)
  }
}

extension Services {
  /// Unit vectors of texts, within the limits.
  func unitVectors(ofTexts texts: [String], limit: Int? = nil) async throws -> [[Float]] {
    let limits = configuration.limits
    guard texts.count <= limit ?? limits.texts else {
      throw ServerError.invalidRequest("A request has at most \(limits.texts) texts.")
    }
    for text in texts {
      try limits.check(text: text)
      guard text.contains(where: { !$0.isWhitespace }) else {
        throw ServerError.invalidRequest("A text must not be empty.")
      }
    }
    return try await engine.embeddings(of: texts).map { try unit($0) }
  }

  /// Unit vectors of picture files in base64, within the limits.
  func unitVectors(ofPictures pictures: [String]) async throws -> [[Float]] {
    guard pictures.count <= configuration.limits.pictures else {
      throw ServerError.invalidRequest(
        "A request has at most \(configuration.limits.pictures) pictures.")
    }
    var files: [Data] = []
    for picture in pictures { files.append(try await self.picture(base64: picture)) }
    guard !files.isEmpty else { return [] }
    return try await engine.embeddings(of: files).map { try unit($0) }
  }

  // Of the same direction and length one.
  fileprivate func unit(_ vector: some Collection<Float>) throws(ServerError) -> [Float] {
    guard let unit = UnitVector.of(vector) else {
      throw ServerError.engine("it gave a vector without direction")
    }
    return unit
  }
}
