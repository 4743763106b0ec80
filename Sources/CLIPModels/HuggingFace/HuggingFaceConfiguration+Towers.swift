extension HuggingFaceConfiguration {
  /// `text_config`: a BERT.
  package struct Text: Codable, Equatable, Sendable {
    /// Entries of the vocabulary.
    package var vocabularySize = 30_522
    /// Channels of every token.
    package var hiddenSize = 768
    /// Layers.
    package var layers = 12
    /// Attention heads.
    package var heads = 12
    /// Channels inside the MLP of a layer.
    package var intermediateSize = 3072
    /// The activation of the MLP.
    package var activation = "gelu"
    /// Longest text in tokens.
    package var positions = 512
    /// Kinds of tokens.
    package var tokenTypes = 2
    /// The epsilon of normalisations.
    package var layerNormEpsilon = 1e-12
    /// Dropout of hidden values in training.
    package var hiddenDropout = 0.1
    /// Dropout of attention probabilities in training.
    package var attentionDropout = 0.1

    /// Makes the defaults of transformers.
    package init() {}

    private enum CodingKeys: String, CodingKey {
      case modelType = "model_type"
      case vocabularySize = "vocab_size"
      case hiddenSize = "hidden_size"
      case layers = "num_hidden_layers"
      case heads = "num_attention_heads"
      case intermediateSize = "intermediate_size"
      case activation = "hidden_act"
      case positions = "max_position_embeddings"
      case tokenTypes = "type_vocab_size"
      case layerNormEpsilon = "layer_norm_eps"
      case hiddenDropout = "hidden_dropout_prob"
      case attentionDropout = "attention_probs_dropout_prob"
    }

    /// Reads the keys that are there.
    package init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      let missing = Text()
      vocabularySize = try values.value(.vocabularySize, missing.vocabularySize)
      hiddenSize = try values.value(.hiddenSize, missing.hiddenSize)
      layers = try values.value(.layers, missing.layers)
      heads = try values.value(.heads, missing.heads)
      intermediateSize = try values.value(.intermediateSize, missing.intermediateSize)
      activation = try values.value(.activation, missing.activation)
      positions = try values.value(.positions, missing.positions)
      tokenTypes = try values.value(.tokenTypes, missing.tokenTypes)
      layerNormEpsilon = try values.value(.layerNormEpsilon, missing.layerNormEpsilon)
      hiddenDropout = try values.value(.hiddenDropout, missing.hiddenDropout)
      attentionDropout = try values.value(.attentionDropout, missing.attentionDropout)
    }

    /// Writes every key.
    package func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode("chinese_clip_text_model", forKey: .modelType)
      try values.encode(vocabularySize, forKey: .vocabularySize)
      try values.encode(hiddenSize, forKey: .hiddenSize)
      try values.encode(layers, forKey: .layers)
      try values.encode(heads, forKey: .heads)
      try values.encode(intermediateSize, forKey: .intermediateSize)
      try values.encode(activation, forKey: .activation)
      try values.encode(positions, forKey: .positions)
      try values.encode(tokenTypes, forKey: .tokenTypes)
      try values.encode(layerNormEpsilon, forKey: .layerNormEpsilon)
      try values.encode(hiddenDropout, forKey: .hiddenDropout)
      try values.encode(attentionDropout, forKey: .attentionDropout)
    }
  }

  /// `vision_config`: a ViT.
  package struct Vision: Codable, Equatable, Sendable {
    /// Channels of every token.
    package var hiddenSize = 768
    /// Blocks.
    package var layers = 12
    /// Attention heads.
    package var heads = 12
    /// Channels inside the MLP of a block.
    package var intermediateSize = 3072
    /// Height and width of the picture in pixels.
    package var imageSize = 224
    /// Height and width of a patch in pixels.
    package var patchSize = 32
    /// The activation of the MLP.
    package var activation = "quick_gelu"
    /// The epsilon of normalisations.
    package var layerNormEpsilon = 1e-5
    /// Channels of an embedding; transformers reads the outer one.
    package var projectionDimension = 512

    /// Makes the defaults of transformers.
    package init() {}

    private enum CodingKeys: String, CodingKey {
      case modelType = "model_type"
      case hiddenSize = "hidden_size"
      case layers = "num_hidden_layers"
      case heads = "num_attention_heads"
      case intermediateSize = "intermediate_size"
      case imageSize = "image_size"
      case patchSize = "patch_size"
      case activation = "hidden_act"
      case layerNormEpsilon = "layer_norm_eps"
      case projectionDimension = "projection_dim"
    }

    /// Reads the keys that are there.
    package init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      let missing = Vision()
      hiddenSize = try values.value(.hiddenSize, missing.hiddenSize)
      layers = try values.value(.layers, missing.layers)
      heads = try values.value(.heads, missing.heads)
      intermediateSize = try values.value(.intermediateSize, missing.intermediateSize)
      imageSize = try values.value(.imageSize, Square(missing.imageSize)).side
      patchSize = try values.value(.patchSize, Square(missing.patchSize)).side
      activation = try values.value(.activation, missing.activation)
      layerNormEpsilon = try values.value(.layerNormEpsilon, missing.layerNormEpsilon)
      projectionDimension = try values.value(.projectionDimension, missing.projectionDimension)
    }

    /// Writes every key.
    package func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode("chinese_clip_vision_model", forKey: .modelType)
      try values.encode(hiddenSize, forKey: .hiddenSize)
      try values.encode(layers, forKey: .layers)
      try values.encode(heads, forKey: .heads)
      try values.encode(intermediateSize, forKey: .intermediateSize)
      try values.encode(imageSize, forKey: .imageSize)
      try values.encode(patchSize, forKey: .patchSize)
      try values.encode(activation, forKey: .activation)
      try values.encode(layerNormEpsilon, forKey: .layerNormEpsilon)
      try values.encode(projectionDimension, forKey: .projectionDimension)
    }
  }
}

/// A side in pixels, written as one number or as height and width, which must be equal.
private struct Square: Decodable {
  let side: Int

  init(_ side: Int) { self.side = side }

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let side = try? value.decode(Int.self) {
      self.init(side)
      return
    }
    let sides = try value.decode([Int].self)
    guard sides.count == 2, sides[0] == sides[1] else {
      throw DecodingError.dataCorruptedError(
        in: value, debugDescription: "is not a square, and pictures are")
    }
    self.init(sides[0])
  }
}
