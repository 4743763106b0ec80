import CLIPModels
import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("Hugging Face configuration")
struct HuggingFaceConfigurationTests {
  @Test("the file that transformers 5 writes is read")
  func written() throws {
    let data = try Data(contentsOf: checkpointFixture("hf/config.json"))
    let configuration = try HuggingFaceConfiguration(json: data)
    #expect(configuration.projectionDimension == 4)
    #expect((configuration.text.vocabularySize, configuration.text.heads) == (24, 2))
    #expect((configuration.vision.patchSize, configuration.vision.heads) == (4, 2))
    #expect(configuration.vision.activation == "quick_gelu")
    let again = try HuggingFaceConfiguration(json: configuration.json())
    #expect(again == configuration)
  }

  @Test("what is missing has the library's defaults, and the older keys win")
  func defaults() throws {
    let empty = try HuggingFaceConfiguration(json: Data(#"{"model_type":"chinese_clip"}"#.utf8))
    #expect(empty.text.vocabularySize == 30_522)
    #expect(empty.vision.patchSize == 32)
    #expect(empty.projectionDimension == 512)
    let older = #"""
      {"model_type": "chinese_clip", "torch_dtype": "float16", "future": [1],
       "text_config": {"hidden_size": 1}, "text_config_dict": {"hidden_size": 2},
       "vision_config": {"image_size": [336, 336], "projection_dim": null}}
      """#
    let configuration = try HuggingFaceConfiguration(json: Data(older.utf8))
    #expect(configuration.text.hiddenSize == 2)
    #expect(configuration.vision.imageSize == 336)
    #expect(configuration.elementType == "float16")
  }

  @Test("a wrong value is an error that names its key")
  func wrongValues() throws {
    func refusal(_ json: String) -> String {
      message { _ = try HuggingFaceConfiguration(json: Data(json.utf8)) }
    }
    #expect(refusal(#"{"model_type":"clip"}"#) == "config.json: model_type is not chinese_clip")
    #expect(
      refusal(#"{"model_type":"chinese_clip","text_config":{"hidden_size":"x"}}"#)
        .contains("text_config.hidden_size is no Int"))
    #expect(
      refusal(#"{"model_type":"chinese_clip","vision_config":{"image_size":[1,2]}}"#)
        .contains("not a square"))
    #expect(refusal("{").contains("config.json: "))
  }

  @Test("a model is described and read again, and an encoder that it does not have is refused")
  func model() throws {
    let file = checkpointFixture("hf/config.json")
    var model = try ModelConfiguration(
      huggingFaceFolder: checkpointFixture("hf"), json: Data(contentsOf: file))
    #expect(
      try HuggingFaceConfiguration(model, source: "x").json()
        == HuggingFaceConfiguration(json: Data(contentsOf: file)).json())
    model.image = .efficientNetLite(
      EfficientNetLite.Configuration(
        imageSize: 224, widthMultiplier: 1, depthMultiplier: 1, projectionBias: false))
    #expect(message { _ = try HuggingFaceConfiguration(model, source: "x") }.contains("has a ViT"))
  }

  @Test("numbers that the encoders here do not have are refused, not ignored")
  func otherMathematics() throws {
    func refusal(_ part: String) -> String {
      message {
        _ = try ModelConfiguration(
          huggingFaceFolder: checkpointFixture("none"),
          json: Data(#"{"model_type":"chinese_clip",\#(part)}"#.utf8))
      }
    }
    #expect(
      refusal(#""vision_config":{"layer_norm_eps":1e-6}"#)
        .contains("vision_config.layer_norm_eps is 1e-06"))
    #expect(
      refusal(#""text_config":{"hidden_act":"tanh"}"#)
        .contains("text_config.hidden_act is 'tanh', an activation not known here"))
  }
}
