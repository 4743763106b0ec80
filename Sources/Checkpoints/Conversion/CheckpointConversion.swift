public import Foundation

/// Converts checkpoints between Chinese-CLIP's `.pt`, Hugging Face's `ChineseCLIPModel` and the
/// folders of this package, in every direction, one tensor in memory at a time.
///
/// ```swift
/// let report = try CheckpointConversion(to: .huggingFace, vocabulary: vocabulary)
///   .convert(URL(fileURLWithPath: "clip_cn_vit-b-16.pt"), to: URL(fileURLWithPath: "vit-b-16-hf"))
/// print(report.names)
/// ```
public struct CheckpointConversion: Sendable {
  /// What to write.
  public enum Target: String, Sendable, CaseIterable {
    /// A `.pt` file that Chinese-CLIP's own code loads.
    case pyTorch
    /// A folder for `ChineseCLIPModel.from_pretrained`.
    case huggingFace
    /// A folder of this package: `model.safetensors`, `config.json`, `vocab.txt`.
    case native
  }

  /// What to do with the precision of floating-point tensors.
  public enum Precision: String, Sendable, CaseIterable {
    /// Nothing: bits stay as they are.
    case keep
    /// Everything to 32 bits.
    case float32
    /// Matrices and kernels to 16 bits. Vectors and scalars (normalisations, biases, the
    /// temperature) become or stay 32 bits: they are a thousandth of the size, and rounding the
    /// temperature would change every probability.
    case float16
  }

  /// What to write.
  public var target: Target
  /// What to do with the precision.
  public var precision: Precision
  /// The `vocab.txt` to write where the input has none.
  public var vocabulary: Data?
  /// What tensors cannot tell, such as unusual numbers of heads; taken from the input when `nil`.
  public var architecture: ArchitectureHint?
  /// The `config.json` of a folder of this package; made of the architecture when `nil`.
  public var configuration: Data?

  /// Describes a conversion.
  public init(
    to target: Target, precision: Precision = .keep, vocabulary: Data? = nil,
    architecture: ArchitectureHint? = nil, configuration: Data? = nil
  ) {
    self.target = target
    self.precision = precision
    self.vocabulary = vocabulary
    self.architecture = architecture
    self.configuration = configuration
  }

  /// What a conversion did.
  public struct Report: Sendable {
    /// What the input was.
    public let family: CheckpointFamily
    /// What became of every tensor on the way to Chinese-CLIP's names.
    public let names: NameMapReport
    /// The model, as far as it was recognised.
    public let architecture: ArchitectureHint
  }

  /// Converts a file or folder.
  ///
  /// The output appears only when it is complete; an existing one is refused.
  /// - Throws: ``CheckpointError``.
  public func convert(_ input: URL, to output: URL) throws -> Report {
    try requireAbsent(output)
    let checkpoint = try Checkpoint.open(input)
    let (native, names) = try checkpoint.native()
    let strangers = checkpoint.family == .unknown ? names.loaded : names.leftOver
    guard strangers.isEmpty, !names.loaded.isEmpty else {
      throw CheckpointError.notConvertible(
        source: input.path,
        reason: "the names of its tensors "
          + "(\(strangers.prefix(3).joined(separator: ", "))) belong to no known family")
    }
    let source = try ConversionSource(
      input: input, checkpoint: native, family: checkpoint.family, given: architecture)
    let cast = try source.checkpoint.replacing(
      source.checkpoint.entries.map { ($0.name, try converted($0.tensor, name: $0.name)) })
    switch target {
    case .pyTorch:
      try source.requireOriginalMathematics()
      try cast.writePyTorch(to: output)
    case .huggingFace: try writeHuggingFace(cast, source, to: output)
    case .native: try writeNative(cast, source, to: output)
    }
    return Report(family: checkpoint.family, names: names, architecture: source.architecture)
  }

  private func converted(_ tensor: CheckpointTensor, name: String) throws -> CheckpointTensor {
    switch precision {
    case .keep: tensor
    case .float32: try tensor.converted(to: .float32, name: name)
    case .float16:
      try tensor.converted(to: tensor.shape.count > 1 ? .float16 : .float32, name: name)
    }
  }
}
