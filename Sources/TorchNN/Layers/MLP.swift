public import Torch

/// Two linear maps with an activation between them, as in every transformer block.
public struct MLP: Sendable {
  let expand: Linear
  let contract: Linear
  let activation: Activation

  /// Joins the parts, prepared for inference if the numerics ask for it.
  ///
  /// - Parameters:
  ///   - expand: width → inner width.
  ///   - contract: inner width → width.
  ///   - activation: between them.
  ///   - numerics: whether to prepare.
  /// - Throws: ``ParameterError`` when a tensor is missing or of another shape.
  public init(
    expand: Linear, contract: Linear, activation: Activation, numerics: Numerics
  ) throws(TorchError) {
    let plain = MLP(expand: expand, contract: contract, activation: activation)
    let form = numerics.prepared && activation == .quickGELU ? try plain.rescaled() : plain
    self.init(
      expand: try form.expand.prepared(for: numerics),
      contract: try form.contract.prepared(for: numerics), activation: form.activation)
  }

  private init(expand: Linear, contract: Linear, activation: Activation) {
    self.expand = expand
    self.contract = contract
    self.activation = activation
  }

  /// The same function with SiLU instead of QuickGELU.
  ///
  /// x·σ(1.702x) is SiLU(1.702x) / 1.702. With the factors inside the two maps QuickGELU becomes one
  /// kernel, which inference computes while the first product is written, and which keeps one
  /// tensor for the backward pass instead of three.
  private func rescaled() throws(TorchError) -> MLP {
    MLP(
      expand: try expand.scaled(by: 1.702), contract: try contract.scaled(inputBy: 1 / 1.702),
      activation: .silu)
  }

  /// Whether rescaling, which rounds differently, is worth it: in a shorter type than the weights'.
  private func learnsRescaled(on device: Device) -> Bool {
    activation == .quickGELU && isAutocasting(on: device)
      && expand.lowRank == nil && contract.lowRank == nil
  }

  /// `contract(activation(expand(x))) + residual`.
  ///
  /// - Parameters:
  ///   - x: `[…, width]`.
  ///   - residual: `[…, width]`, added last.
  /// - Returns: `[…, width]`.
  /// - Throws: `TorchError` when the shapes disagree.
  public func callAsFunction(
    _ x: Tensor, residual: Tensor? = nil
  ) throws(TorchError) -> Tensor {
    let form = learnsRescaled(on: x.device) ? try rescaled() : self
    return try form.contract(
      form.expand(x, activation: form.activation), residual: residual)
  }
}
