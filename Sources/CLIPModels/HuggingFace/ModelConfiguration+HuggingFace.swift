package import Foundation

extension ModelConfiguration {
  /// The model of a Hugging Face folder: `config.json` and, if there, `preprocessor_config.json`.
  ///
  /// - Throws: ``ModelError/configuration(file:problem:)`` for what cannot be built here.
  package init(huggingFaceFolder url: URL, json: Data) throws {
    let file = url.appending(path: "config.json").path
    let description = try HuggingFaceConfiguration(json: json, file: file)
    let text = try description.text(file: file)
    let image = try description.image(file: file)
    self.init(
      name: url.lastPathComponent, embeddingDimension: description.projectionDimension,
      contextLength: min(52, text.maximumPositions), image: image, text: text,
      preprocessing: try .init(huggingFaceFolder: url, imageSize: image.imageSize))
    if let preset = try Presets.name(of: self) { name = preset }
  }
}
