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
    // x·σ(1.702x) is SiLU(1.702x) / 1.702. With the factors inside the two maps QuickGELU becomes
    // a function that is computed while the first product is written.
    let isRescaled = numerics.prepared && activation == .quickGELU
    self.expand = try (isRescaled ? expand.scaled(by: 1.702) : expand).prepared(for: numerics)
    self.contract = try (isRescaled ? contract.scaled(inputBy: 1 / 1.702) : contract)
      .prepared(for: numerics)
    self.activation = isRescaled ? .silu : activation
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
    try contract(expand(x, activation: activation), residual: residual)
  }
}
