import CLIPModels
import Checkpoints
import Foundation
import Torch
import TorchNN

/// The tensors that an interrupted run left in `last/`.
struct SavedTensors {
  private let folder: RunFolder
  private let tensors: CheckpointSource

  /// Opens them.
  init(_ folder: RunFolder) throws {
    self.folder = folder
    tensors = CheckpointSource(try Checkpoint.open(folder.stateTensors))
  }

  /// Tensors under a prefix, without it.
  func source(_ prefix: String) -> any TensorSource {
    PrefixedSource(base: tensors, prefix: prefix)
  }

  /// The generators of a worker.
  func random(rank: Int, device: Device) throws -> RandomState? {
    let source = source("random.\(rank).")
    guard let host = try source.tensor(named: "host") else { return nil }
    return RandomState(
      host: try host.clone(), accelerator: try source.tensor(named: "accelerator"), device: device)
  }

  /// The model as it was, its low-rank additions apart.
  func model(_ lowRank: LowRankConfiguration?, device: Device) throws -> TrainableModel {
    let files = try ModelFiles.open(.folder(folder.last))
    let raw = LayeredSource(over: source("weights."), base: files.source)
    return try TrainableModel(
      files.configuration, from: raw, random: .none, tokenizer: files.tokenizer, device: device,
      lowRank: lowRank)
  }

  /// What a saved model does not hold, since additions are merged there: the weights beneath them
  /// and the additions.
  static func rawWeights(of parameters: Parameters) throws -> [(name: String, tensor: Tensor)] {
    let adapters = parameters.entries.filter { $0.kind == .adapter }
    guard !adapters.isEmpty else { return [] }
    return parameters.entries.filter { $0.kind != .buffer }
      .map { ("weights.\($0.name)", $0.tensor) }
  }
}

/// Tensors whose names begin with a prefix.
private struct PrefixedSource: TensorSource {
  let base: CheckpointSource
  let prefix: String

  var sourceName: String { base.sourceName }
  var tensorNames: [String] {
    base.tensorNames.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
  }
  func tensor(named name: String) throws -> Tensor? { try base.tensor(named: prefix + name) }
}

/// Tensors of one source, and of another where the first has none.
private struct LayeredSource: TensorSource {
  let over: any TensorSource
  let base: any TensorSource

  init(over: any TensorSource, base: any TensorSource) {
    self.over = over
    self.base = base
  }

  var sourceName: String { base.sourceName }
  var tensorNames: [String] { base.tensorNames }
  func tensor(named name: String) throws -> Tensor? {
    try over.tensor(named: name) ?? base.tensor(named: name)
  }
}
