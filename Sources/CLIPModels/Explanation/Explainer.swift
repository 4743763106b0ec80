public import CLIPImages
import CLIPText
public import Torch
import TorchNN

/// Says which words of a text have to do with which places of a picture.
///
/// A model that compares tokens has such weights already. For a model with one vector they come from
/// gradients, which is why this holds encoders of its own: those of ``CLIP`` are prepared and have
/// none. The same picture and text give the same weights.
///
/// ```swift
/// let explainer = try Explainer(ModelFiles.open(source))
/// let explanation = try explainer(photo, "红色的苹果")
/// ```
public struct Explainer: Sendable {
  /// Picture files to squares of pixels, as the model takes them.
  public let preprocessor: ImagePreprocessor
  private let encoder: DualEncoder
  private let tokenizer: any Tokenizer
  private let device: Device

  /// Builds the encoders, in `float32`.
  ///
  /// - Parameters:
  ///   - model: the parts.
  ///   - decoder: how picture files are read.
  ///   - device: where to compute.
  /// - Throws: `ParameterError` when checkpoint and architecture disagree; `TorchError`.
  public init(
    _ model: ModelFiles, decoder: ImageDecoder = ImageDecoder(), device: Device = .automatic
  ) throws {
    let parameters = model.parameters(numerics: Numerics(dtype: .float32, device: device))
    encoder = try withoutGradients {
      try DualEncoder(model.configuration, parameters: parameters)
    }
    try parameters.requireAllUsed()
    tokenizer = try model.tokenizer.configured(
      contextLength: model.configuration.contextLength, normalization: nil)
    preprocessor = model.configuration.preprocessor(decoder: decoder)
    self.device = device
  }

  /// Explains one picture by one text.
  ///
  /// - Parameters:
  ///   - image: a square of the encoder's size, as ``preprocessor`` makes it.
  ///   - text: what is looked for.
  ///   - words: parts of the text, each as one word; nil: every ideograph and every other word.
  /// - Returns: a weight for each word and place.
  /// - Throws: ``ModelError/unsupported(_:)`` for a text without words, a word that is not in the text,
  ///   or tokens that are no places; ``ModelError/imageSize(found:expected:)``; `TorchError`.
  public func callAsFunction(
    _ image: RGBImage, _ text: String, words: [String]? = nil
  ) throws -> Explanation {
    let size = encoder.imageEncoder.imageSize
    guard image.width == size, image.height == size else {
      throw ModelError.imageSize(found: "\(image.width)×\(image.height)", expected: size)
    }
    let words = try TextWords(of: text, choosing: words, by: tokenizer)
    let pixels = try PixelBuffer([image][...]).tensor(size: size).to(device: device)
    let input = try encoder.configuration.preprocessing(pixels, dtype: .float32)
    let (method, maps): (Explanation.Method, [[Float]]) =
      switch encoder.configuration.interaction {
      case .global: (.gradient, try gradients(input, words))
      case .tokenwise: (.tokenSimilarity, try alignments(input, words))
      case .wordAttention: (.wordAttention, try alignments(input, words))
      }
    let places = maps.first?.count ?? 0
    let side = Int(Double(places).squareRoot().rounded())
    guard side * side == places else {
      throw ModelError.unsupported(
        "\(encoder.configuration.name) compares \(places) summaries of a picture, which are no "
          + "places on it")
    }
    guard maps.joined().allSatisfy(\.isFinite) else {
      throw ModelError.notFinite(
        model: encoder.configuration.name, what: "in the weights of places")
    }
    return Explanation(
      words: words.texts, rows: side, columns: side, weights: maps, method: method)
  }

  // MARK: Tokens

  private func alignments(_ input: Tensor, _ words: TextWords) throws -> [[Float]] {
    let interaction = encoder.configuration.interaction.interaction
    let options = EncodingOptions(mode: .inference, wantsTokens: true)
    let mergesWords = encoder.textEncoder.mergesWords
    return try withInferenceMode {
      let image = try encoder.imageEncoder(input, options: options)
        .normalized(tokens: interaction.normalizesTokens)
      let text = try encoder.textEncoder(
        ids(words.ids), mask: nil,
        words: mergesWords
          ? Tensor(words.numbers.map { Int64($0 ?? -1) }, shape: [1, words.ids.count])
            .to(device: device) : nil,
        options: options
      ).normalized(tokens: interaction.normalizesTokens)
      guard let map = try interaction.alignment(image: image, text: text) else { return [] }
      return try words.members.indices.map { word in
        let rows = mergesWords ? Array(words.members[word]) : words.places(of: word)
        let index = try Tensor(rows.map(Int64.init), shape: [rows.count]).to(device: device)
        return try map.gathered(rows: index).mean(axis: 0).to(.float32).scalars(Float.self)
      }
    }
  }

  private func ids(_ ids: [Int32]) throws -> Tensor {
    try Tensor(ids, shape: [1, ids.count]).to(device: device)
  }

  // MARK: Gradients

  private func gradients(_ input: Tensor, _ words: TextWords) throws -> [[Float]] {
    let layer = encoder.configuration.image.tower.explainedLayer
    return try words.members.indices.map { word in
      // What the word adds against all others: nearer to its place than the word alone.
      let direction = try vector(words.ids(of: word)) - vector(words.ids(without: word))
      return try withGradients {
        try input.setRequiresGradient(true)
        try input.setGradient(nil)
        let (embedding, grid) = try encoder.imageEncoder.followed(input, layer: layer)
        try (embedding.normalized() * direction).sum().backward()
        guard let gradient = try grid.tokens.gradient() else { return [] }
        let map = try (gradient * grid.tokens.detached()).sum(axis: 2).selected(0)
        return try map.sliced(grid.special..<map.shape[0]).scalars(Float.self)
      }
    }
  }

  /// A text's unit vector, `[1, dimension]`.
  private func vector(_ ids: [Int32]) throws -> Tensor {
    var padded = ids
    var mask: Tensor?
    if encoder.textEncoder.countsPadding {
      let missing = tokenizer.contextLength - ids.count
      padded += Array(repeating: tokenizer.paddingID, count: missing)
      mask = try Tensor(padded.indices.map { $0 < ids.count }, shape: [1, padded.count])
        .to(device: device)
    }
    return try withoutGradients {
      try encoder.textEncoder(self.ids(padded), mask: mask, options: .inference)
        .embedding.normalized()
    }
  }
}
