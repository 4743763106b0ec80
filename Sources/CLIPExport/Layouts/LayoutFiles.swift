import CLIPImages
import CLIPModels
import CLIPText
import Files
import Foundation

/// The small files that a layout has beside the encoders.
struct LayoutFiles {
  let layout: ExportLayout
  let model: ModelFiles
  /// The beginning of the names.
  let name: String

  /// Paths below the output folder, with what is in them.
  func files(for encoders: [ExportedEncoder], features: (ExportedEncoder) -> String) throws
    -> [String: Data]
  {
    switch layout {
    case .original, .mtPhotos: return [:]
    case .immich: return try immich(encoders)
    case .triton:
      return Dictionary(
        uniqueKeysWithValues: encoders.map { encoder in
          ("\(name)_\(encoder.rawValue)/config.pbtxt", triton(encoder, features(encoder)))
        })
    }
  }

  // MARK: Immich

  /// The name under which Immich looks for a model with vectors of a model's length.
  ///
  /// It knows names of its own list alone. Source: immich, machine-learning/immich_ml/models.
  static func immichName(of configuration: ModelConfiguration) throws -> String {
    let size = configuration.image.imageSize
    switch configuration.embeddingDimension {
    case 512: return "ViT-B-16__openai"
    case 768: return size > 224 ? "ViT-L-14-336__openai" : "ViT-L-14__openai"
    case 1024: return size == 224 ? "RN50__openai" : "ViT-H-14__laion2b-s32b-b79k"
    default:
      throw ExportError.unsupported(
        "Immich has no model with vectors of \(configuration.embeddingDimension) numbers under whose "
          + "name this one could be used; give a name")
    }
  }

  private func immich(_ encoders: [ExportedEncoder]) throws -> [String: Data] {
    let configuration = model.configuration
    let size = configuration.image.imageSize
    var files = [
      "config.json": try json([
        "embed_dim": configuration.embeddingDimension,
        "vision_cfg": ["image_size": size],
        "text_cfg": [
          "context_length": configuration.contextLength,
          "vocab_size": configuration.text.vocabularySize,
        ],
      ])
    ]
    if encoders.contains(.image) {
      files["visual/preprocess_cfg.json"] = try json([
        "size": [size, size], "mode": "RGB",
        "interpolation": configuration.preprocessing.filter.rawValue,
        "resize_mode": resizeMode,
        "mean": configuration.preprocessing.mean,
        "std": configuration.preprocessing.standardDeviation,
      ])
    }
    if encoders.contains(.text) {
      guard let tokenizer = model.tokenizer as? BERTTokenizer else {
        throw ExportError.unsupported(
          "the layout immich wants a tokenizer.json, which is written for BERT's tokenizer alone")
      }
      files["textual/tokenizer.json"] = try BERTTokenizerJSON(
        tokenizer.vocabulary, contextLength: configuration.contextLength
      ).data()
      files["textual/tokenizer_config.json"] = try json([
        "tokenizer_class": "BertTokenizer", "do_lower_case": true, "cls_token": "[CLS]",
        "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]",
        "model_max_length": configuration.contextLength,
      ])
    }
    return Dictionary(uniqueKeysWithValues: files.map { ("\(name)/\($0.key)", $0.value) })
  }

  /// OpenCLIP's word for how a picture becomes a square.
  private var resizeMode: String {
    switch model.configuration.preprocessing.fit {
    case .squash: "squash"
    case .centerCrop(_, _): "shortest"
    case .padToSquare(_): "longest"
    }
  }

  private func json(_ object: [String: Any]) throws -> Data {
    try JSONSerialization.data(
      withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
  }

  // MARK: Triton

  /// `config.pbtxt`: requests that come together are computed together.
  private func triton(_ encoder: ExportedEncoder, _ features: String) -> Data {
    let configuration = model.configuration
    let size = configuration.image.imageSize
    let input =
      encoder == .image
      ? "data_type: TYPE_FP32, dims: [ 3, \(size), \(size) ]"
      : "data_type: TYPE_INT32, dims: [ \(configuration.contextLength) ]"
    return Data(
      """
      name: "\(name)_\(encoder.rawValue)"
      backend: "onnxruntime"
      max_batch_size: 128
      input [ { name: "\(encoder.rawValue)", \(input) } ]
      output [
        { name: "\(features)", data_type: TYPE_FP32, dims: [ \(configuration.embeddingDimension) ] }
      ]
      dynamic_batching { max_queue_delay_microseconds: 2000 }

      """.utf8)
  }
}
