import CLIPModels
import CLIPText
import Checkpoints
import Foundation
import Torch
import TorchNN

/// Writes a model as others load it.
struct ModelFolder {
  let model: TrainableModel
  /// What the model is called in its configuration.
  let name: String

  /// Writes `config.json`, `model.safetensors` and the tokenizer's files into a folder that exists, and
  /// opens it.
  ///
  /// - Parameters:
  ///   - folder: where to.
  ///   - metadata: facts to keep beside the tensors.
  /// - Throws: ``TrainingError`` or `CheckpointError` when it cannot be written; `TorchError`.
  func write(to folder: URL, metadata: [String: MetadataValue]) throws {
    var configuration = model.configuration
    configuration.name = name
    try configuration.json().write(to: folder.appending(path: "config.json"))
    for file in model.tokenizer.files {
      try Data(file.bytes).write(to: folder.appending(path: file.name))
    }
    try checkpoint(metadata: metadata)
      .writeSafetensors(to: folder.appending(path: "model.safetensors"))
    try check(ModelFiles.open(.folder(folder)).checkpoint.names, in: folder)
  }

  /// Writes the original's `.pt`, optimiser left out.
  func writePyTorch(to file: URL, metadata: [String: MetadataValue]) throws {
    try checkpoint(metadata: metadata.merging(["name": .string(name)]) { old, _ in old })
      .writePyTorch(to: file)
    try check(Checkpoint.open(file).native().checkpoint.names, in: file)
  }

  /// What cannot be read again is not saved.
  private func check(_ names: [String], in place: URL) throws {
    let missing = Set(model.encoder.parameters.tensorNames).subtracting(names)
    guard let first = missing.min() else { return }
    throw TrainingError.cannotWrite(
      path: place.path, reason: "\(missing.count) tensors are not in it, \(first) for one")
  }

  private func checkpoint(metadata: [String: MetadataValue]) throws -> Checkpoint {
    let parameters = model.encoder.parameters
    return try Checkpoint(
      parameters.tensorNames.map { name in
        guard let shape = parameters[name]?.shape else {
          throw TrainingError.start("the model has lost its tensor '\(name)'")
        }
        let tensor = try CheckpointTensor(.float32, shape: shape) {
          try parameters.tensor(named: name)?.detached().to(.float32).withBytes { [UInt8]($0) }
            ?? []
        }
        return (name, tensor)
      }, metadata: metadata)
  }
}

/// Writes tensors of a run's state.
enum TensorFile {
  /// Writes `float32` and other tensors as they are.
  static func write(
    _ tensors: [(name: String, tensor: Tensor)], to file: URL
  ) throws {
    try Checkpoint(
      tensors.map { name, tensor in
        (
          name,
          try CheckpointTensor(ElementType(tensor.dtype), shape: tensor.shape) {
            try tensor.detached().withBytes { [UInt8]($0) }
          }
        )
      }
    ).writeSafetensors(to: file)
  }
}
