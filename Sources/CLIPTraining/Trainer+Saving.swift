import CLIPData
import CLIPModels
import Checkpoints
import Files
import Foundation
import Torch
import TorchNN

extension Trainer {
  private var modelFolder: ModelFolder { ModelFolder(model: model, name: configuration.name) }

  private func facts(epoch: Int) -> [String: MetadataValue] {
    ["epoch": .integer(epoch), "step": .integer(state.globalStep)]
  }

  /// Saves the newest model and everything that is needed to go on from it.
  ///
  /// All workers take part.
  ///
  /// - Parameter stage: the stage that runs; nil after the last.
  /// - Throws: ``TrainingError/weightsNotFinite(name:step:)`` on every worker, before anything is
  ///   written; ``TrainingError`` or `CheckpointError` when it cannot be written; `TorchError`.
  func save(_ stage: Stage? = nil) throws {
    try requireFiniteWeights()
    let random = try gatheredRandomStates()
    if rank == 0 {
      var tensors = random
      if let stage {
        tensors += stage.optimizer.state.map { ("optimizer.\($0.name)", $0.tensor) }
        tensors += stage.average?.state.map { ("average.\($0.name)", $0.tensor) } ?? []
      }
      tensors += try SavedTensors.rawWeights(of: model.encoder.parameters)
      try replaceFolder(folder.last) { temporary in
        try modelFolder.write(to: temporary, metadata: facts(epoch: state.position.epoch))
        try TensorFile.write(tensors, to: temporary.appending(path: RunFolder.tensorsName))
        try state.write(temporary.appending(path: RunFolder.stateName))
      }
      if evaluation == nil {
        try averaged(stage?.average) { try writeBest(epoch: state.position.epoch) }
      }
      try recorder?.drawCurves()
    }
    try workers?.barrier()
  }

  /// Writes the best model; the first worker's task.
  func writeBest(epoch: Int) throws {
    guard rank == 0 else { return }
    try requireFiniteWeights()
    var metadata = facts(epoch: epoch)
    if let recall = state.bestRecall { metadata["mean_recall"] = .number(recall) }
    try replaceFolder(folder.best) {
      try modelFolder.write(to: $0, metadata: metadata)
    }
  }

  /// Refuses a model that no run can go on from and nobody can use.
  private func requireFiniteWeights() throws {
    let entries = model.encoder.parameters.entries
    // A product with 0 is 0 for numbers alone.
    let sums = try withoutGradients {
      try Tensor.stacked(entries.map { try ($0.tensor.to(.float32) * 0).sum() }).scalars(Float.self)
    }
    guard let index = sums.firstIndex(where: { $0 != 0 }) else { return }
    throw TrainingError.weightsNotFinite(name: entries[index].name, step: state.globalStep)
  }

  /// Keeps the model of an epoch that has just ended, in the forms that the run asks for.
  func keepEpoch(_ stage: Stage) throws {
    guard rank == 0 else { return }
    let epoch = state.position.epoch
    if configuration.checkpoints.keepsEpochs {
      try replaceFolder(folder.epoch(epoch, stage: stage.settings.name)) {
        try modelFolder.write(to: $0, metadata: facts(epoch: epoch))
      }
    }
    guard configuration.checkpoints.pytorch else { return }
    try FileManager.default.createDirectory(
      at: folder.pytorch, withIntermediateDirectories: true)
    var names = ["epoch_latest.pt"]
    if configuration.checkpoints.keepsEpochs { names.append("epoch\(epoch).pt") }
    for name in names {
      try modelFolder.writePyTorch(
        to: folder.pytorch.appending(path: name), metadata: facts(epoch: epoch))
    }
  }

  /// Writes a folder that takes the place of the one before when it is complete.
  private func replaceFolder(_ folder: URL, _ fill: (URL) throws -> Void) throws {
    try TrainingError.wrapping { try AtomicFolder.write(to: folder, replacing: true, fill) }
  }

  /// Puts the best model's weights in place of the present ones.
  func restoreBest() throws {
    let exchange = GradientExchange(workers: workers)
    let entries = model.encoder.parameters.entries
    // Additions cannot be told from a merged weight, so that run keeps what it has.
    guard configuration.model.lowRank == nil, state.bestRecall != nil else { return }
    if rank == 0 {
      let source = CheckpointSource(try Checkpoint.open(folder.best))
      try withoutGradients {
        for entry in entries {
          if let best = try source.tensor(named: entry.name) { try entry.tensor.copy(from: best) }
        }
      }
    }
    try exchange.broadcast(entries.map(\.tensor))
  }

  /// The generators of all workers.
  private func gatheredRandomStates() throws -> [(name: String, tensor: Tensor)] {
    try RandomState(device: model.device).tensors.flatMap { name, tensor in
      let all = try workers?.gathered(tensor.unsqueezed(0)) ?? tensor.unsqueezed(0)
      return try (0..<workerCount).map { rank in
        ("random.\(rank).\(name)", try all.selected(rank).contiguous())
      }
    }
  }
}
