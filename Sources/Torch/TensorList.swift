internal import CTorch

// One call for many tensors: an optimiser's work is thousands of small additions otherwise.

/// The settings of one AdamW step.
package struct AdamWSettings: Sendable {
  package var learningRate: Double
  package var beta1: Double
  package var beta2: Double
  package var epsilon: Double
  package var weightDecay: Double

  package init(
    learningRate: Double, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }
}

extension [Tensor] {
  /// Updates these parameters by AdamW in LibTorch's fused kernel.
  ///
  /// - Parameters:
  ///   - gradients: one for each.
  ///   - firstMoments: running means of gradients, changed in place.
  ///   - secondMoments: running means of squared gradients, changed in place.
  ///   - steps: `float32` scalars, grown by one.
  ///   - settings: rates of this step.
  /// - Throws: ``TorchError`` when shapes, types or devices differ.
  package func stepAdamW(
    gradients: [Tensor], firstMoments: [Tensor], secondMoments: [Tensor], steps: [Tensor],
    settings: AdamWSettings
  ) throws(TorchError) {
    guard !isEmpty else { return }
    let settings = ct_adamw_settings(
      learning_rate: settings.learningRate, beta1: settings.beta1, beta2: settings.beta2,
      epsilon: settings.epsilon, weight_decay: settings.weightDecay)
    try check(
      ct_adamw_step(
        handles, gradients.handles, firstMoments.handles, secondMoments.handles, steps.handles,
        Int32(count), settings))
    withExtendedLifetime((self, gradients, firstMoments, secondMoments, steps)) {}
  }

  /// The Euclidean length of all elements of all tensors together, a scalar; 0 without tensors.
  package func norm() throws(TorchError) -> Tensor {
    guard !isEmpty else { return try .zeros([]) }
    defer { withExtendedLifetime(self) {} }
    return try produce { ct_list_norm(handles, Int32(count), $0) }
  }

  /// Multiplies every element in place.
  package func multiply(by factor: Double) throws(TorchError) {
    guard !isEmpty else { return }
    try check(ct_list_multiply_in_place(handles, Int32(count), factor))
    withExtendedLifetime(self) {}
  }

  /// Moves every element in place by a share of the way to another list's: `x += (y - x) · weight`.
  package func interpolate(to others: [Tensor], weight: Double) throws(TorchError) {
    guard !isEmpty else { return }
    try check(ct_list_interpolate_in_place(handles, others.handles, Int32(count), weight))
    withExtendedLifetime((self, others)) {}
  }

  var handles: [ct_tensor] { map(\.handle) }
}
