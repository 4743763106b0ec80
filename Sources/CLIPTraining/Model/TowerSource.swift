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
    let takes: Set<String>
  }

  let parts: [Part]
  private let sources: [String: any TensorSource]

  /// What the file of an image encoder gives: the temperature too.
  static let imageParts: Set<Parameters.Part> = [.image, .imageHead, .shared]
  /// What the file of a text encoder gives.
  ///
  /// Its head belongs to one pair of towers, and is taken along only from a checkpoint that has one.
  static let textParts: Set<Parameters.Part> = [.text, .textHead]

  /// Opens the files.
  ///
  /// - Throws: `CheckpointError`.
  init(imageWeights: String?, textWeights: String?, configuration: ModelConfiguration) throws {
    var parts: [Part] = []
    var sources: [String: any TensorSource] = [:]
    let outline = Parameters(from: nil, missing: .outline)
    _ = try DualEncoder(configuration, parameters: outline)
    for (path, given) in [(imageWeights, Self.imageParts), (textWeights, Self.textParts)] {
      guard let path else { continue }
      let names = Set(outline.entries.filter { given.contains($0.part) }.map(\.name))
      let file = try DataSource.expanded(path)
      let (checkpoint, report) = try Checkpoint.open(URL(filePath: file)).native()
      let source = configuration.fitted(CheckpointSource(checkpoint))
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
