import CLIPModels
import Torch

extension Features {
  /// The same values without history.
  func detached() throws(TorchError) -> Features {
    try map { tensor throws(TorchError) in try tensor.detached() }
  }

  /// A leaf of the loss's graph.
  func leaf() throws(TorchError) -> Features {
    let leaf = try detached()
    for tensor in leaf.tensors { try tensor.setRequiresGradient(true) }
    return leaf
  }

  /// What gradients flow through, in an order that is the same on all workers.
  var tensors: [Tensor] { [embedding, tokens, raw].compactMap { $0 } }

  /// The gradients that a backward pass has left in a leaf, zeros where it left none.
  func gradient() throws(TorchError) -> Features {
    try map { tensor throws(TorchError) in
      if let gradient = try tensor.gradient() { return gradient }
      return try .zeros(tensor.shape, device: tensor.device)
    }
  }

  /// Goes back from all parts at once, with the gradients of the loss with respect to them.
  func backward(_ gradient: Features) throws(TorchError) {
    let (live, gradients) = (tensors, gradient.tensors)
    guard live.count == gradients.count else {
      throw TorchError("features of \(live.count) parts got gradients of \(gradients.count)")
    }
    // One scalar for all: the graph behind them is shared and can be walked once.
    var total: Tensor?
    for (tensor, gradient) in zip(live, gradients) where tensor.requiresGradient {
      let product = try (tensor * gradient).sum()
      total = try total.map { total throws(TorchError) in try total + product } ?? product
    }
    try total?.backward()
  }
}

extension GradientExchange {
  /// Features of all workers, in rank order; without a graph.
  func gathered(_ features: Features) throws(TorchError) -> Features {
    guard let workers, workers.count > 1 else { return features }
    var all = try features.map { tensor throws(TorchError) in
      try workers.gathered(tensor.contiguous())
    }
    if let valid = features.valid {
      // Gloo knows no truth values.
      all.valid = try workers.gathered(valid.to(.uint8)).isGreater(than: 0)
    }
    return all
  }
}
