/// The container that a checkpoint came in.
public enum CheckpointFormat: String, Sendable, CaseIterable {
  /// `torch.save` since PyTorch 1.6: a zip archive.
  case pyTorchArchive
  /// `torch.save` before PyTorch 1.6: pickles followed by storages.
  case pyTorchLegacy
  /// `torch.jit.save`, as OpenAI published CLIP.
  case torchScript
  /// Safetensors, one file or several.
  case safetensors
  /// Made in this process.
  case memory
}

extension CheckpointFormat: CustomStringConvertible {
  /// The format's name for people.
  public var description: String {
    switch self {
    case .pyTorchArchive: "PyTorch archive"
    case .pyTorchLegacy: "PyTorch legacy file"
    case .torchScript: "TorchScript archive"
    case .safetensors: "safetensors"
    case .memory: "in memory"
    }
  }
}
