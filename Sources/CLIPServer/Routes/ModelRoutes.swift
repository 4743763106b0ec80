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
    let templates = request.templates ?? ["{}", "一张{}的照片"]
    guard (1...1_000).contains(request.labels.count), !templates.isEmpty,
      request.labels.count * templates.count <= services.configuration.limits.labels
    else {
      throw ServerError.invalidRequest(
        "'labels' must be 1 to 1000 words, and labels times templates at most "
          + "\(services.configuration.limits.labels).")
    }
    let sources: [Any?] = [request.image, request.imageURL, request.picture]
    guard sources.compactMap(\.self).count == 1, request.image != "", request.imageURL != "" else {
      throw ServerError.invalidRequest(
        "A classification needs one of 'image', 'image_url' and 'picture'.")
    }
    try check(request.labels, templates)
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
    return ClassifyAnswer(
      labels: scores.ranking.map {
        ClassifyAnswer.Label(
          label: request.labels[$0], probability: scores.probabilities[$0],
          cosine: scores.cosines[$0])
      })
  }

  /// Refuses what would become too long, before any label is put into any template: thousands of
  /// places for a long label are a long text.
  private func check(_ labels: [String], _ templates: [String]) throws(ServerError) {
    let limits = services.configuration.limits
    for text in labels + templates {
      try limits.check(text: text)
      guard text.contains(where: { !$0.isWhitespace }) else {
        throw .invalidRequest("Labels and templates must not be empty.")
      }
    }
    let longest = labels.map(\.utf8.count).max() ?? 0
    for template in templates {
      let places = template.components(separatedBy: "{}").count - 1
      guard places * longest <= limits.textBytes else {
        throw .invalidRequest("A label in a template has at most \(limits.textBytes) bytes.")
      }
    }
  }

  private func vector(of request: ClassifyRequest) async throws -> [Float] {
    if let id = request.picture {
      guard let vector = try await services.onThreads({ try services.library.vector(of: id) })
      else { throw SearchError.noPicture(id: id) }
      return vector
    }
    guard
      let picture = try await services.queryPicture(
        base64: request.image, address: request.imageURL),
      let vector = try await services.engine.vectors(ofPictures: [picture]).first
    else {
      throw ServerError.invalidRequest("A classification needs 'image' or 'picture'.")
    }
    return try services.unit(vector[...])
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

  /// Unit vectors of picture files in base64, within the limits.
  func unitVectors(ofPictures pictures: [String]) async throws -> [[Float]] {
    guard pictures.count <= configuration.limits.pictures else {
      throw ServerError.invalidRequest(
        "A request has at most \(configuration.limits.pictures) pictures.")
    }
    var files: [Data] = []
    for picture in pictures { files.append(try await self.picture(base64: picture)) }
    guard !files.isEmpty else { return [] }
    return try await engine.vectors(ofPictures: files).map { try unit($0[...]) }
  }

  // Of the same direction and length one.
  fileprivate func unit(_ vector: ArraySlice<Float>) throws(ServerError) -> [Float] {
    guard let unit = UnitVector.of(vector) else {
      throw ServerError.engine("it gave a vector without direction")
    }
    return unit
  }
}
