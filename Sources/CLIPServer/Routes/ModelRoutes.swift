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
      try await services.bodies.read(request) { body in
        try await embed(JSON.decode(EmbedRequest.self, from: body))
      }
    }
    group.post("classify") { request, _ -> Response in
      try await services.bodies.read(request) { body in
        try await classify(JSON.decode(ClassifyRequest.self, from: body))
      }
    }
  }

  private func embed(_ request: EmbedRequest) async throws -> Response {
    let engine = services.engine
    let texts = try await services.unitVectors(ofTexts: request.texts ?? [])
    let images = try await services.unitVectors(
      ofPictures: (request.images ?? []).map { image throws(ServerError) in
        try PictureSource.bytes(image)
      })
    return try .json(
      EmbedAnswer(
        model: engine.name, fingerprint: engine.fingerprint,
        dimension: engine.embeddingDimension, texts: texts, images: images))
  }

  private func classify(_ request: ClassifyRequest) async throws -> Response {
    let templates = request.templates ?? ["{}", "一张{}的照片"]
    guard (1...1_000).contains(request.labels.count), !templates.isEmpty,
      request.labels.count * templates.count <= services.configuration.limits.labels
    else {
      throw ServerError.invalidRequest(
        "'labels' must be 1 to 1000 words, and labels times templates at most "
          + "\(services.configuration.limits.labels).")
    }
    let picture = try await vector(of: request)
    let prompts: PromptSet
    do {
      prompts = try PromptSet(name: "'templates'", texts: templates)
    } catch {
      throw ServerError.invalidRequest("\(error).")
    }
    let sentences = ZeroShotClassifier.sentences(request.labels, prompts)
    let vectors = try await services.unitVectors(ofTexts: sentences, limit: sentences.count)
    let classifier = try ZeroShotClassifier(
      labels: request.labels,
      sentences: Embeddings(dimension: picture.count, values: Array(vectors.joined())),
      ensemble: .meanEmbedding, scale: services.engine.logitScale)
    let scores = try classifier(Embeddings(dimension: picture.count, values: picture))[0]
    return try .json(
      ClassifyAnswer(
        labels: scores.ranking.map {
          ClassifyAnswer.Label(
            label: request.labels[$0], probability: scores.probabilities[$0],
            cosine: scores.cosines[$0])
        }))
  }

  private func vector(of request: ClassifyRequest) async throws -> [Float] {
    if let id = request.picture {
      guard let vector = try services.library.vector(of: id) else {
        throw SearchError.noPicture(id: id)
      }
      return vector
    }
    guard
      let picture = try await services.queryPicture(
        base64: request.image, address: request.imageURL),
      let vector = try await services.unitVectors(ofPictures: [picture]).first
    else {
      throw ServerError.invalidRequest("A classification needs 'image' or 'picture'.")
    }
    return vector
  }
}

extension Services {
  /// Unit vectors of texts, within the limits.
  func unitVectors(ofTexts texts: [String], limit: Int? = nil) async throws -> [[Float]] {
    let limits = configuration.limits
    guard texts.count <= limit ?? limits.texts else {
      throw ServerError.invalidRequest("A request has at most \(limits.texts) texts.")
    }
    for text in texts where text.count > limits.textCharacters {
      throw ServerError.invalidRequest("A text has at most \(limits.textCharacters) characters.")
    }
    let dimension = engine.embeddingDimension
    var vectors: [[Float]] = []
    // In portions that always fit the queue.
    for start in stride(from: 0, to: texts.count, by: 256) {
      let some = Array(texts[start..<min(start + 256, texts.count)])
      let values = try await engine.textVectors(some)
      for row in stride(from: 0, to: values.count, by: dimension) {
        vectors.append(try unit(values[row..<row + dimension]))
      }
    }
    return vectors
  }

  /// Unit vectors of picture files, within the limits.
  func unitVectors(ofPictures pictures: [Data]) async throws -> [[Float]] {
    guard pictures.count <= configuration.limits.pictures else {
      throw ServerError.invalidRequest(
        "A request has at most \(configuration.limits.pictures) pictures.")
    }
    guard !pictures.isEmpty else { return [] }
    return try await engine.vectors(ofPictures: pictures).map { try unit($0[...]) }
  }

  private func unit(_ vector: ArraySlice<Float>) throws(ServerError) -> [Float] {
    guard let unit = UnitVector.of(vector) else {
      throw ServerError.engine("it gave a vector without direction")
    }
    return unit
  }
}
