import CLIPModels
import Foundation
import Testing
import Torch
import TorchNN

@Suite struct PresetsTests {
  /// Totals of the original's models; see `cn_clip/clip/model_configs`.
  static let totals = [
    "ViT-B-16": 188_262_913, "ViT-L-14": 406_233_089, "ViT-L-14-336": 406_560_769,
    "ViT-H-14": 957_598_209, "RN50": 76_989_537, "ViT-B-32": 189_919_489,
  ]

  @Test("each preset has as many parameters as the original's model", arguments: totals)
  func parameterCount(name: String, expected: Int) throws {
    let parameters = Parameters(from: nil, missing: .outline)
    _ = try DualEncoder(Presets.configuration(named: name), parameters: parameters)
    #expect(parameters.count == expected)
  }

  @Test(
    "a ResNet has as many parameters as torchvision's without its classifier",
    arguments: [
      "ResNet-18": 11_176_512, "ResNet-34": 21_284_672, "ResNet-50": 23_508_032,
      "ResNet-101": 42_500_160,
    ])
  func resNets(name: String, expected: Int) throws {
    let configuration = try Presets.configuration(named: "\(name)@RBT3-chinese")
    let parameters = Parameters(from: nil, missing: .outline)
    _ = try configuration.image.tower.trunk(in: parameters.root / "visual") {}
    #expect(parameters.count == expected)
  }

  // torchvision's totals (B7: 66,347,960) less the last convolution and the classifier.
  @Test(
    "an EfficientNet has as many parameters as torchvision's up to its last map",
    arguments: [
      "EfficientNet-B0": 3_595_388, "EfficientNet-B3": 10_103_336, "EfficientNet-B7": 62_143_440,
    ])
  func efficientNets(name: String, expected: Int) throws {
    let configuration = try Presets.configuration(named: "\(name)@RBT3-chinese")
    let parameters = Parameters(from: nil, missing: .outline)
    _ = try configuration.image.tower.trunk(in: parameters.root / "visual") {}
    #expect(parameters.count == expected)
    #expect(configuration.image.tower.shape.width == configuration.embeddingDimension)
  }

  @Test("the original's models come in its order, and any image encoder goes with any text encoder")
  func names() throws {
    let names = try Presets.models().map(\.name)
    #expect(names == ["ViT-B-16", "ViT-L-14", "ViT-L-14-336", "ViT-H-14", "RN50", "ViT-B-32"])
    for image in try Presets.imageEncoders() {
      for text in try Presets.textEncoders() {
        let configuration = try Presets.configuration(named: "\(image)@\(text)")
        let parameters = Parameters(from: nil, missing: .outline)
        _ = try DualEncoder(configuration, parameters: parameters)
        #expect(
          parameters["text_projection"]?.shape.last == configuration.embeddingDimension)
      }
    }
  }

  @Test("a configuration survives being written and read")
  func roundTrip() throws {
    for name in Self.totals.keys {
      let configuration = try Presets.configuration(named: name)
      let read = try ModelConfiguration(json: configuration.json(), file: "config.json")
      #expect(read == configuration)
    }
  }

  @Test("a misspelt key is an error that names the nearest known one")
  func misspelt() throws {
    let json = try String(
      decoding: Presets.configuration(named: "ViT-B-16").json(), as: UTF8.self)
    let wrong = json.replacing("\"name\"", with: "\"nane\" : \"x\", \"name\"")
    let expected = ModelError.configuration(
      file: "config.json", problem: "the key 'nane' is unknown; did you mean 'name'?")
    #expect(throws: expected) {
      _ = try ModelConfiguration(json: Data(wrong.utf8), file: "config.json")
    }
  }

  @Test("an unknown name is an error that lists the known ones")
  func unknown() {
    #expect(throws: ModelError.self) { try Presets.configuration(named: "ViT-X-99") }
  }
}
