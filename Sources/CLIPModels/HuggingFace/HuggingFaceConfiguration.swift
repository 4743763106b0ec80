/// The `config.json` of a `ChineseCLIPModel`.
///
/// Unknown keys are ignored; a missing key has the default that transformers gives it, which is not
/// always Chinese-CLIP's (a vocabulary of 30,522, patches of 32).
package struct HuggingFaceConfiguration: Codable, Equatable, Sendable {
  /// The text tower's part.
  package var text: Text
  /// The image tower's part.
  package var vision: Vision
  /// Channels of an embedding.
  package var projectionDimension: Int
  /// The element type that transformers loads the weights as.
  package var elementType: String
  /// Where `logit_scale` begins before training.
  package var initialLogitScale: Double

  /// Makes a configuration.
  package init(
    text: Text, vision: Vision, projectionDimension: Int, elementType: String = "float32",
    initialLogitScale: Double = 2.6592
  ) {
    self.text = text
    self.vision = vision
    self.projectionDimension = projectionDimension
    self.elementType = elementType
    self.initialLogitScale = initialLogitScale
  }

  private enum CodingKeys: String, CodingKey {
    case architectures
    case modelType = "model_type"
    case elementType = "dtype"
    case olderElementType = "torch_dtype"
    case projectionDimension = "projection_dim"
    case initialLogitScale = "logit_scale_init_value"
    case text = "text_config"
    case olderText = "text_config_dict"
    case vision = "vision_config"
    case olderVision = "vision_config_dict"
  }

  /// Reads the keys that are there.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    // Releases of 2022 wrote both keys; transformers lets the older one win.
    text =
      try values.decodeIfPresent(Text.self, forKey: .olderText)
      ?? values.decodeIfPresent(Text.self, forKey: .text) ?? Text()
    vision =
      try values.decodeIfPresent(Vision.self, forKey: .olderVision)
      ?? values.decodeIfPresent(Vision.self, forKey: .vision) ?? Vision()
    projectionDimension = try values.value(.projectionDimension, 512)
    elementType =
      try values.decodeIfPresent(String.self, forKey: .elementType)
      ?? values.decodeIfPresent(String.self, forKey: .olderElementType) ?? "float32"
    initialLogitScale = try values.value(.initialLogitScale, 2.6592)
  }

  /// Writes every key, in the spelling that transformers 4 and 5 both read.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(["ChineseCLIPModel"], forKey: .architectures)
    try values.encode("chinese_clip", forKey: .modelType)
    try values.encode(elementType, forKey: .olderElementType)
    try values.encode(projectionDimension, forKey: .projectionDimension)
    try values.encode(initialLogitScale, forKey: .initialLogitScale)
    try values.encode(text, forKey: .text)
    try values.encode(vision, forKey: .vision)
  }
}

extension KeyedDecodingContainer {
  /// The value of a key, or what transformers takes when it is missing or null.
  func value<Value: Decodable>(_ key: Key, _ missing: Value) throws -> Value {
    try decodeIfPresent(Value.self, forKey: key) ?? missing
  }
}
