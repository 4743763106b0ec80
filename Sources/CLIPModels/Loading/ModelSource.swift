public import Foundation

/// What a user names as a model.
public enum ModelSource: Hashable, Sendable {
  /// A published architecture with weights from a file, or from the cache of downloads.
  case preset(name: String, checkpoint: URL?)
  /// A checkpoint file, its architecture named or told by its tensors.
  case file(URL, imageEncoder: String?, textEncoder: String?)
  /// A folder of ours or of Hugging Face.
  case folder(URL)

  /// Reads the words of a command line or a configuration.
  ///
  /// - Parameters:
  ///   - name: a preset, a file or a folder.
  ///   - checkpoint: the weights of a preset.
  ///   - imageEncoder: the architecture of a file, as `ViT-B-16`.
  ///   - textEncoder: the architecture of a file, as `RoBERTa-wwm-ext-base-chinese`.
  /// - Throws: ``ModelError/unknownModel(name:known:)``.
  public init(
    _ name: String, checkpoint: URL? = nil, imageEncoder: String? = nil,
    textEncoder: String? = nil
  ) throws {
    if let models = try? Presets.models(), let whole = try? Presets.wholeModels(),
      models.contains(where: { $0.name == name }) || whole.contains(name)
        || name.contains("@") && !name.contains("/")
    {
      self = .preset(name: name, checkpoint: checkpoint)
      return
    }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: name, isDirectory: &isFolder) else {
      throw ModelError.unknownModel(
        name: name, known: try Presets.models().map(\.name) + Presets.wholeModels())
    }
    let url = URL(filePath: name)
    self =
      isFolder.boolValue
      ? .folder(url) : .file(url, imageEncoder: imageEncoder, textEncoder: textEncoder)
  }
}
