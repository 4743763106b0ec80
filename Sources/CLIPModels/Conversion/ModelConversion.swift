import Checkpoints
import Files
public import Foundation

/// Converts models between Chinese-CLIP's `.pt`, Hugging Face's `ChineseCLIPModel` and the
/// folders of this package, in every direction, one tensor in memory at a time.
///
/// ```swift
/// let model = try ModelFiles.open(ModelSource("clip_cn_vit-b-16.pt"))
/// try ModelConversion(to: .huggingFace).convert(model, to: URL(filePath: "vit-b-16-hf"))
/// ```
public struct ModelConversion: Sendable {
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

  /// Describes a conversion.
  public init(to target: Target, precision: Precision = .keep) {
    self.target = target
    self.precision = precision
  }

  /// Writes a model in another form.
  ///
  /// The output appears only when it is complete and loads as the same model; an existing one is
  /// refused. The configuration goes along as a fact of the checkpoint, so that what tensors do not
  /// tell is known of a `.pt` too.
  /// - Throws: `CheckpointError`; `ParameterError` when the configuration and the tensors disagree;
  ///   ``ModelError``. Nothing is left behind then.
  public func convert(_ model: ModelFiles, to output: URL) throws {
    try CheckpointError.wrapping { try AtomicFolder.requireAbsent(output) }
    let staged = output.deletingLastPathComponent().appending(
      path: ".\(output.lastPathComponent).\(UUID().uuidString).partial")
    do {
      try write(model, to: staged)
      try requireSame(staged, as: model, named: output)
      guard rename(staged.path, output.path) == 0 else {
        throw CheckpointError.cannotWrite(
          path: output.path, reason: String(cString: strerror(errno)))
      }
    } catch CheckpointError.cannotWrite(_, let reason) {
      // The temporary name means nothing to the reader of the message.
      try? FileManager.default.removeItem(at: staged)
      throw CheckpointError.cannotWrite(path: output.path, reason: reason)
    } catch {
      try? FileManager.default.removeItem(at: staged)
      throw error
    }
  }

  private func write(_ model: ModelFiles, to output: URL) throws {
    let strangers = model.report.leftOver
    guard strangers.isEmpty else {
      throw CheckpointError.notConvertible(
        source: model.checkpoint.source,
        reason: "the names of its tensors "
          + "(\(strangers.prefix(3).joined(separator: ", "))) belong to no known family")
    }
    try model.configuration.requireFit(of: model.checkpoint)
    var metadata = model.checkpoint.metadata
    metadata[ModelConfiguration.metadataKey] = .string(
      String(decoding: try model.configuration.json(), as: UTF8.self))
    let cast = try model.checkpoint.replacing(
      model.checkpoint.entries.map { ($0.name, try converted($0.tensor, name: $0.name)) },
      metadata: metadata)
    switch target {
    case .pyTorch:
      try requireOriginalMathematics(model)
      try cast.writePyTorch(to: output)
    case .huggingFace: try writeHuggingFace(cast, model, to: output)
    case .native: try writeNative(cast, model, to: output)
    }
  }

  private func converted(_ tensor: CheckpointTensor, name: String) throws -> CheckpointTensor {
    switch precision {
    case .keep: tensor
    case .float32: try tensor.converted(to: .float32, name: name)
    case .float16:
      try tensor.converted(to: tensor.shape.count > 1 ? .float16 : .float32, name: name)
    }
  }

  /// Refuses a model that Chinese-CLIP's code would not load, or compute differently: its
  /// activations and epsilons are fixed.
  private func requireOriginalMathematics(_ model: ModelFiles) throws {
    let configuration = model.configuration
    guard configuration.image.tower.isOriginal, configuration.text.tower.isOriginal,
      configuration.hasStandardOutputs
    else {
      throw CheckpointError.notConvertible(
        source: model.checkpoint.source,
        reason:
          "Chinese-CLIP has ViTs and ResNets with a BERT, projected without bias, and computes "
          + "quick_gelu and gelu with epsilons of 1e-05 and 1e-12; this model differs")
    }
  }
}
