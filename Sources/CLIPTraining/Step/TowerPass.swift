import CLIPModels
import Torch

/// One encoder's way over a batch: features forwards, and gradients of the features back into it.
///
/// In several parts it is gradient caching: the parts go forwards without a graph, and again with
/// one when the gradient of their features is known, with the same random numbers. The result is
/// the gradient of the whole batch for the memory of one part.
///
/// Source: Gao et al., *Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup*,
/// 2021 (GradCache), section 3.
struct TowerPass {
  /// Unit features, `float32`, without a graph.
  let features: Features
  private let back: (Features) throws -> Void

  /// An encoder that is not learned, or features from a cache.
  init(locked features: Features) throws(TorchError) {
    self.features = try features.detached()
    back = { _ in }
  }

  /// An encoder that is learned.
  ///
  /// - Parameters:
  ///   - parts: encode consecutive rows of the batch, to features with equally many tokens.
  ///   - device: whose random numbers are replayed.
  /// - Throws: `TorchError` when LibTorch cannot compute it.
  init(parts: [() throws -> Features], device: Device) throws {
    if parts.count == 1, let part = parts.first {
      let live = try part()
      features = try live.detached()
      back = { try live.backward($0) }
      return
    }
    var states: [RandomState] = []
    var pieces: [Features] = []
    for part in parts {
      states.append(try RandomState(device: device))
      pieces.append(try withoutGradients { try part() })
    }
    features = try .concatenated(pieces)
    let counts = pieces.map(\.count)
    back = { gradient in
      let after = try RandomState(device: device)
      var start = 0
      for (index, part) in parts.enumerated() {
        try states[index].restore()
        try part().backward(gradient.sliced(start..<start + counts[index]))
        start += counts[index]
      }
      try after.restore()
    }
  }

  /// Adds to the encoder's gradients.
  ///
  /// - Parameter gradient: that of the loss with respect to ``features``.
  /// - Throws: `TorchError` when LibTorch cannot compute it.
  func backward(_ gradient: Features) throws {
    try back(gradient)
  }
}
