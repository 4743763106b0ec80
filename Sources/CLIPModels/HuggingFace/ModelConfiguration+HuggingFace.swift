import CLIPImages
package import Foundation

extension ModelConfiguration {
  /// The model of a Hugging Face folder: `config.json` and, if there, `preprocessor_config.json`.
  ///
  /// - Throws: ``ModelError/configuration(file:problem:)`` for what cannot be built here.
  package init(huggingFaceFolder url: URL, json: Data) throws {
    let file = url.appending(path: "config.json").path
    let description = try HuggingFaceConfiguration(json: json, file: file)
    let text = try description.text(file: file)
    self.init(
      name: url.lastPathComponent, embeddingDimension: description.projectionDimension,
      contextLength: min(52, text.maximumPositions), image: try description.image(file: file),
      text: text,
      preprocessing: try .init(huggingFaceFolder: url))
    if let preset = try Presets.name(of: self) { name = preset }
  }
}

extension Preprocessing {
  private struct HuggingFaceFile: Decodable {
    enum CodingKeys: String, CodingKey {
      case mean = "image_mean"
      case standardDeviation = "image_std"
      case normalizes = "do_normalize"
      case crops = "do_center_crop"
      case resampling = "resample"
    }

    let mean: [Double]?
    let standardDeviation: [Double]?
    let normalizes: Bool?
    let crops: Bool?
    let resampling: Int?
  }

  /// Pillow's number for bicubic resampling.
  private static let bicubic = 3

  /// The settings of `preprocessor_config.json`, CLIP's where it says nothing.
  init(huggingFaceFolder url: URL) throws {
    self = .clip
    conversionOrder = .convertFirst
    let file = url.appending(path: "preprocessor_config.json")
    guard FileManager.default.fileExists(atPath: file.path) else { return }
    let data = try ConfigurationFile.read(file)
    guard let settings = try? JSONDecoder().decode(HuggingFaceFile.self, from: data) else {
      throw ModelError.configuration(file: file.path, problem: "its settings cannot be read")
    }
    guard settings.crops != true, settings.resampling ?? Self.bicubic == Self.bicubic,
      settings.normalizes != false
    else {
      throw ModelError.configuration(
        file: file.path,
        problem: "only bicubic squashing with normalisation is done here, without a crop")
    }
    mean = settings.mean ?? mean
    standardDeviation = settings.standardDeviation ?? standardDeviation
  }
}
