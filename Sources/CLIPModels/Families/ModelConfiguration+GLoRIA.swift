import CLIPImages

extension ModelConfiguration {
  /// The choices of GLoRIA's published models, of which their tensors tell the towers alone: pictures of
  /// 299 pixels in a black square, the map of the third stage, the last four layers of the text tower
  /// added up, words of added pieces.
  ///
  /// A picture and a text score half the cosine of their embeddings and half their best word, as the
  /// published retriever and classifier do.
  ///
  /// Source: `gloria/models/vision_model.py`, `text_model.py`, `gloria_model.py` of marshuang80/gloria.
  static func gloria(
    name: String, dimension: Int, image: ResNet.Configuration, text: TextEncoderConfiguration
  ) -> ModelConfiguration {
    var image = image
    image.imageSize = 299
    return ModelConfiguration(
      name: name, embeddingDimension: dimension, contextLength: min(97, text.maximumPositions),
      image: .resNet(image),
      imageOutput: OutputConfiguration(head: .linear(bias: true), tokens: TokenSource(layer: 3)),
      text: text,
      textOutput: OutputConfiguration(
        layers: .sum([-4, -3, -2, -1]), pooling: .mean(countsPadding: false), head: Head.none,
        reducer: .words(.sum)),
      interaction: .wordAttention(
        WordAttention(aggregation: .maximum, localWeight: 0.5, globalWeight: 0.5)),
      scale: ScaleConfiguration(.fixed(10)),
      preprocessing: Preprocessing(
        mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5],
        conversionOrder: .convertFirst, fit: .padToSquare(brightness: 0), filter: .bicubic))
  }
}
