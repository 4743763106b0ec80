public import Torch

extension Parameters {
  /// Makes all weights learned but the frozen ones; buffers are never learned.
  ///
  /// - Parameter frozen: names that keep their values, to the bit.
  /// - Returns: the entries that are learned.
  /// - Throws: `TorchError` for a tensor that cannot learn: one of whole numbers, or a result.
  @discardableResult
  public func freeze(_ frozen: NamePatterns) throws(TorchError) -> [Entry] {
    var learned: [Entry] = []
    for entry in entries {
      let isLearned = entry.kind != .buffer && !frozen.contains(entry.name)
      try entry.tensor.setRequiresGradient(isLearned)
      if isLearned { learned.append(entry) } else { try entry.tensor.setGradient(nil) }
    }
    return learned
  }

  /// The entries that are learned.
  public var learned: [Entry] { entries.filter { $0.tensor.requiresGradient } }
}

extension [Parameters.Entry] {
  /// Whether some of these belong to one of the parts.
  package func contain(_ parts: Parameters.Part...) -> Bool {
    contains { parts.contains($0.part) }
  }

  /// Forgets all gradients.
  package func clearGradients() throws(TorchError) {
    for entry in self { try entry.tensor.setGradient(nil) }
  }

  /// The gradients that there are.
  package func gradients() throws(TorchError) -> [Tensor] {
    var gradients: [Tensor] = []
    for entry in self {
      if let gradient = try entry.tensor.gradient() { gradients.append(gradient) }
    }
    return gradients
  }

  /// Gives a gradient of zeros to every entry that has none, so that all workers exchange the same.
  package func fillGradients() throws(TorchError) {
    for entry in self where try entry.tensor.gradient() == nil {
      try entry.tensor.setGradient(
        .zeros(entry.tensor.shape, dtype: entry.tensor.dtype, device: entry.tensor.device))
    }
  }

  /// The Euclidean length of all gradients together, after which they are scaled down to a largest
  /// length if one is given.
  ///
  /// Source: Pascanu et al., *On the difficulty of training recurrent neural networks*, 2013,
  /// algorithm 1.
  ///
  /// - Parameter limit: the largest length wanted; nil changes nothing.
  /// - Returns: the length before clipping; not finite when a gradient is not.
  /// - Throws: `TorchError` when the device fails.
  package func clipGradients(to limit: Double?) throws(TorchError) -> Double {
    let gradients = try gradients()
    let norm = try withoutGradients { () throws(TorchError) in try gradients.norm().item() }
    if let limit, norm > limit, norm.isFinite {
      try gradients.multiply(by: limit / (norm + 1e-6))
    }
    return norm
  }
}
