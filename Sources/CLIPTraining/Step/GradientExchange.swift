import Torch
import TorchNN

/// Adds up gradients over workers, in messages of some megabytes.
///
/// It runs when the backward pass is over. c10d's `Reducer` overlaps the two, but it watches the
/// graph of one forward pass, and a step here may have none (cached features), one, or many (cached
/// gradients).
struct GradientExchange {
  let workers: WorkerGroup?

  private static let messageBytes = 32 << 20

  /// Replaces every gradient by the sum over all workers.
  func sum(_ entries: [Parameters.Entry]) throws(TorchError) {
    guard let workers, workers.count > 1 else { return }
    try entries.fillGradients()
    try inMessages(entries.gradients()) { message throws(TorchError) in
      try workers.sumInPlace(message)
    }
  }

  /// Replaces tensors by those of the first worker.
  func broadcast(_ tensors: [Tensor]) throws(TorchError) {
    guard let workers, workers.count > 1 else { return }
    try withoutGradients { () throws(TorchError) in
      try inMessages(tensors) { message throws(TorchError) in
        try workers.broadcastInPlace(message)
      }
    }
  }

  private func inMessages(
    _ tensors: [Tensor], _ send: ([Tensor]) throws(TorchError) -> Void
  ) throws(TorchError) {
    var message: [Tensor] = []
    var bytes = 0
    for tensor in tensors {
      message.append(tensor)
      bytes += tensor.byteCount
      if bytes >= Self.messageBytes {
        try send(message)
        (message, bytes) = ([], 0)
      }
    }
    try send(message)
  }

  /// Rows of all workers, in rank order; without a graph.
  func gathered(_ tensor: Tensor) throws(TorchError) -> Tensor {
    guard let workers, workers.count > 1 else { return tensor }
    return try workers.gathered(tensor)
  }
}
