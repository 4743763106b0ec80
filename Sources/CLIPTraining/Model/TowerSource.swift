import CLIPModels
import Checkpoints
import Foundation
import Torch
import TorchNN

/// The tensors of two checkpoints under one roof: an image encoder with the temperature from one, a
/// text encoder from the other.
///
/// Source: `cn_clip/clip/model.py`, `restore_model`, which takes the same parts and says nothing
/// about what it did not find.
struct TowerSource: TensorSource {
  /// A checkpoint and what is taken from it.
  struct Part {
    let file: String
    let checkpoint: Checkpoint
    let report: NameMapReport
    let takes: NamePatterns
  }

  let parts: [Part]
  private let sources: [String: any TensorSource]

  /// Names of an image encoder and the temperature.
  static let imageNames: NamePatterns = ["visual.*", "logit_scale"]
  /// Names of a text encoder.
  ///
  /// Its projection into the shared space belongs to one pair of towers, and is taken along only
  /// from a checkpoint that has one.
  static let textNames: NamePatterns = ["bert.*", "text_projection*"]

  /// Opens the files.
  ///
  /// - Throws: `CheckpointError`.
  init(imageWeights: String?, textWeights: String?, configuration: ModelConfiguration) throws {
    var parts: [Part] = []
    var sources: [String: any TensorSource] = [:]
    for (path, names) in [(imageWeights, Self.imageNames), (textWeights, Self.textNames)] {
      guard let path else { continue }
      let file = try DataSource.expanded(path)
      let (checkpoint, report) = try Checkpoint.open(URL(filePath: file)).native()
      var source: any TensorSource = CheckpointSource(checkpoint)
      if case .visionTransformer(let transformer) = configuration.image {
        source = PositionInterpolation(of: source, for: transformer)
      }
      for name in checkpoint.names where names.contains(name) { sources[name] = source }
      parts.append(Part(file: file, checkpoint: checkpoint, report: report, takes: names))
    }
    self.parts = parts
    self.sources = sources
  }

  var sourceName: String { parts.map(\.file).joined(separator: " and ") }
  var tensorNames: [String] { sources.keys.sorted() }

  func tensor(named name: String) throws -> Tensor? {
    try sources[name]?.tensor(named: name)
  }
}
