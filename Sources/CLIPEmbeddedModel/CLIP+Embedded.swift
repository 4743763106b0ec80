public import CLIPModels
public import Foundation
public import Torch

extension CLIP {
  /// The small model that comes with the package: common objects and animals, in plain words.
  ///
  /// Its `README.md` lies beside it and says what it was trained on and how good it is.
  ///
  /// - Parameter options: how; on the CPU unless they say otherwise, since it is small.
  /// - Returns: a model that is ready to embed.
  /// - Throws: `ModelError` when the package's resources are missing; `TorchError`.
  public static func embedded(options: Options = Options(device: .cpu)) throws -> CLIP {
    try load(.embedded(), options: options)
  }
}

extension ModelSource {
  /// The small model that comes with the package.
  ///
  /// - Throws: `ModelError` when the package's resources are missing.
  public static func embedded() throws -> ModelSource {
    .folder(try ModelError.resources(of: "CLIPEmbeddedModel").appending(path: "EmbeddedModel"))
  }

  /// Reads the words of a command line or a configuration, in which no name, or `embedded`, means
  /// the model that comes with the package.
  ///
  /// - Parameters:
  ///   - name: a preset, a file or a folder; the embedded model if absent.
  ///   - checkpoint: the weights of a preset.
  ///   - imageEncoder: the architecture of a file, as `ViT-B-16`.
  ///   - textEncoder: the architecture of a file, as `RoBERTa-wwm-ext-base-chinese`.
  /// - Throws: `ModelError` for a name that is none of these.
  public init(
    orEmbedded name: String?, checkpoint: URL? = nil, imageEncoder: String? = nil,
    textEncoder: String? = nil
  ) throws {
    if let name, name != "embedded" {
      try self.init(
        name, checkpoint: checkpoint, imageEncoder: imageEncoder, textEncoder: textEncoder)
    } else if let checkpoint {
      self = .file(checkpoint, imageEncoder: imageEncoder, textEncoder: textEncoder)
    } else {
      self = try .embedded()
    }
  }
}
