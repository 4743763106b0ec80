import CLIPModels
import Foundation
import Hummingbird

/// OpenAI's `/v1/embeddings` and `/v1/models`, which many tools speak.
///
/// Pictures are data addresses among the inputs.
struct EmbeddingsRoutes: Sendable {
  let services: Services

  /// One input: a text, a data address, or an object that holds one.
  private enum Input: Decodable {
    case text(String)
    case picture(String)

    private struct Object: Decodable {
      struct Address: Decodable { var url: String }
      var text: String?
      var image: String?
      var imageURL: Address?

      private enum CodingKeys: String, CodingKey {
        case text
        case image
        case imageURL = "image_url"
      }
    }

    init(from decoder: any Decoder) throws {
      if let string = try? decoder.singleValueContainer().decode(String.self) {
        self = string.hasPrefix("data:") ? .picture(string) : .text(string)
        return
      }
      if (try? decoder.singleValueContainer().decode(Double.self)) != nil
        || (try? decoder.unkeyedContainer()) != nil
      {
        throw ServerError.invalidRequest(
          "'input' must be texts; token numbers mean something else to every model. In LangChain, "
            + "make OpenAIEmbeddings with check_embedding_ctx_length=False.")
      }
      let object = try Object(from: decoder)
      if let picture = object.image ?? object.imageURL?.url {
        self = .picture(picture)
      } else if let text = object.text {
        self = .text(text)
      } else {
        throw DecodingError.dataCorrupted(
          .init(
            codingPath: decoder.codingPath,
            debugDescription: "expected a string, or an object with 'text' or 'image'."))
      }
    }
  }

  private struct EmbeddingsRequest: Decodable {
    var inputs: [Input]
    var model: String?
    var encoding: String?
    var dimensions: Int?

    private enum CodingKeys: String, CodingKey {
      case input
      case model
      case encoding = "encoding_format"
      case dimensions
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      model = try container.decodeIfPresent(String.self, forKey: .model)
      encoding = try container.decodeIfPresent(String.self, forKey: .encoding)
      dimensions = try container.decodeIfPresent(Int.self, forKey: .dimensions)
      if let one = try? container.decode(String.self, forKey: .input) {
        inputs = [one.hasPrefix("data:") ? .picture(one) : .text(one)]
      } else {
        inputs = try container.decode([Input].self, forKey: .input)
      }
    }
  }

  /// A vector as numbers or as base64 of little-endian 32-bit floats.
  private enum Vector: Encodable {
    case numbers([Float])
    case base64(String)

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .numbers(let numbers): try container.encode(numbers)
      case .base64(let text): try container.encode(text)
      }
    }
  }

  private struct EmbeddingsAnswer: Encodable {
    struct Entry: Encodable {
      var object = "embedding"
      var index: Int
      var embedding: Vector
    }
    struct Usage: Encodable {
      var promptTokens: Int
      var totalTokens: Int

      private enum CodingKeys: String, CodingKey {
        case promptTokens = "prompt_tokens"
        case totalTokens = "total_tokens"
      }
    }
    var object = "list"
    var data: [Entry]
    var model: String
    var usage: Usage
  }

  private struct ModelsAnswer: Encodable {
    struct Entry: Encodable {
      var id: String
      var object = "model"
      var created = 0
      var ownedBy = "cnclip"

      private enum CodingKeys: String, CodingKey {
        case id
        case object
        case created
        case ownedBy = "owned_by"
      }
    }
    var object = "list"
    var data: [Entry]
  }

  func add(to router: RouterGroup<ServerContext>) {
    router.get("v1/models") { _, _ -> Response in
      try .json(ModelsAnswer(data: [.init(id: services.engine.name)]))
    }
    router.post("v1/embeddings") { request, _ -> Response in
      try await services.answer(request, shape: services.manyTexts) {
        (body: EmbeddingsRequest) in try await embed(body)
      }
    }
  }

  private func embed(_ request: EmbeddingsRequest) async throws -> EmbeddingsAnswer {
    guard ["float", "base64", nil].contains(request.encoding) else {
      throw ServerError.invalidRequest("'encoding_format' must be \"float\" or \"base64\".")
    }
    if let dimensions = request.dimensions, dimensions != services.engine.embeddingDimension {
      throw ServerError.invalidRequest(
        "This model's embeddings have \(services.engine.embeddingDimension) dimensions.")
    }
    guard !request.inputs.isEmpty else { throw ServerError.invalidRequest("'input' is empty.") }
    var texts: [String] = []
    var pictures: [String] = []
    for input in request.inputs {
      switch input {
      case .text(let text): texts.append(text)
      case .picture(let address): pictures.append(address)
      }
    }
    var ofTexts = try await services.unitVectors(ofTexts: texts)[...]
    var ofPictures = try await services.unitVectors(ofPictures: pictures)[...]
    let data = request.inputs.enumerated().map { index, input in
      let vector =
        switch input {
        case .text: ofTexts.popFirst() ?? []
        case .picture: ofPictures.popFirst() ?? []
        }
      return EmbeddingsAnswer.Entry(
        index: index,
        embedding: request.encoding == "base64" ? .base64(Self.base64(vector)) : .numbers(vector))
    }
    // Chinese has about one token a character; nobody is billed by it here.
    let tokens = texts.reduce(0) { $0 + $1.count + 2 }
    return EmbeddingsAnswer(
      data: data, model: services.engine.name,
      usage: .init(promptTokens: tokens, totalTokens: tokens))
  }

  private static func base64(_ vector: [Float]) -> String {
    let words = vector.map { $0.bitPattern.littleEndian }
    return words.withUnsafeBytes { Data($0) }.base64EncodedString()
  }
}
