public import Checkpoints
import Foundation

/// Whose naming the tensors of a checkpoint follow.
public enum CheckpointFamily: String, Sendable, CaseIterable {
  /// Chinese-CLIP's `.pt`, which is our own naming too.
  case chineseCLIP
  /// `ChineseCLIPModel` of Hugging Face transformers.
  case huggingFaceChineseCLIP
  /// OpenAI's CLIP, or a program with its naming.
  case openAICLIP
  /// GLoRIA, as its own code saves it.
  case gloria
  /// MedCLIP's `pytorch_model.bin`.
  case medCLIP
  /// A plain ResNet of torchvision or timm alone.
  case torchvisionResNet
  /// Wukong, with its own naming.
  case wukong
  /// A BERT or RoBERTa-wwm alone.
  case bert
  /// A folder of this package, whose `config.json` says what the model is.
  case native
  /// None of these.
  case unknown
}

extension CheckpointFamily: CustomStringConvertible {
  /// The family's name for people.
  public var description: String {
    switch self {
    case .chineseCLIP: "Chinese-CLIP"
    case .huggingFaceChineseCLIP: "Hugging Face ChineseCLIPModel"
    case .openAICLIP: "OpenAI CLIP"
    case .gloria: "GLoRIA"
    case .medCLIP: "MedCLIP"
    case .torchvisionResNet: "torchvision ResNet"
    case .wukong: "Wukong"
    case .bert: "BERT"
    case .native: "swift-chinese-clip folder"
    case .unknown: "unknown"
    }
  }

  /// The rules from this family to Chinese-CLIP's names; `nil` when names are taken as they are.
  public var nameMap: NameMap? {
    switch self {
    case .chineseCLIP: .chineseCLIP
    case .huggingFaceChineseCLIP: .huggingFace
    case .openAICLIP: .openAI
    case .gloria: .gloria
    case .medCLIP: .medCLIP
    case .torchvisionResNet: .torchvision
    case .wukong: .wukong
    case .bert: .bert
    case .native, .unknown: nil
    }
  }
}

extension Checkpoint {
  /// Whose naming the tensors follow, judged by the names and by the folder they lie in.
  public var family: CheckpointFamily {
    if isNativeFolder { return .native }
    let before = modelPrefix
    func has(_ prefix: String) -> Bool { names.contains { $0.hasPrefix(before + prefix) } }
    if has("vision_model.model."), has("text_model.model.") { return .medCLIP }
    // `layers` instead of `layer` in the text tower is transformers' English CLIPModel.
    if has("text_model.encoder.layer.") || has("vision_model.") && !has("text_model.") {
      return .huggingFaceChineseCLIP
    }
    if has("visual."), has("transformer.token_embedding.") { return .wukong }
    if has("visual."), has("token_embedding.") || has("ln_final.") { return .openAICLIP }
    if has("visual.") || has("bert.") && self[before + "text_projection"] != nil {
      return .chineseCLIP
    }
    if has("img_encoder.model."), has("text_encoder.model.") { return .gloria }
    if self["conv1.weight"] != nil, self["layer1.0.conv1.weight"] != nil {
      return .torchvisionResNet
    }
    let hasWords = ["bert.", ""].contains {
      self["\(before)\($0)embeddings.word_embeddings.weight"] != nil
    }
    return hasWords ? .bert : .unknown
  }

  /// The checkpoint in Chinese-CLIP's own names, whatever family it is of.
  ///
  /// Our own folders and unknown families keep their names.
  /// - Returns: the renamed checkpoint and what became of every tensor.
  public func native() throws -> (checkpoint: Checkpoint, report: NameMapReport) {
    let plain = try plain()
    if let map = family.nameMap { return try map(plain) }
    var report = NameMapReport()
    report.loaded = plain.names
    return (plain, report)
  }

  /// Whether this came from a folder whose configuration is not Hugging Face's.
  private var isNativeFolder: Bool {
    guard let url,
      let data = try? CheckpointFolder(url).text("config.json"),
      let kind = try? HuggingFaceConfiguration.modelType(data)
    else { return false }
    return kind.isEmpty
  }
}
