import Torch
import TorchNN

/// How a checkpoint calls a head's tensors.
struct HeadNames {
  let weight: String
  let bias: String
  let mlp: String
  /// The map of tokens from an inner layer.
  let tokens: String

  static let image = HeadNames(
    weight: "proj", bias: "proj_bias", mlp: "proj_mlp", tokens: "token_proj")
  static let text = HeadNames(
    weight: "text_projection", bias: "text_projection_bias", mlp: "text_projection_mlp",
    tokens: "text_token_projection")
}

/// A head with what it has learned; it maps tokens as it maps pooled vectors.
struct HeadLayer: Sendable {
  private enum Form: Sendable {
    case none
    /// The weight as CLIP keeps it, `[width, outputs]`.
    case linear(weight: Tensor, bias: Tensor?)
    case mlp(MLP)
  }

  private let form: Form

  init(
    _ head: Head, width: Int, outputs: Int, names: HeadNames, in scope: Parameters.Scope
  ) throws {
    switch head {
    case .none: form = .none
    case .linear(let bias):
      form = .linear(
        weight: try scope.parameter(
          names.weight, [width, outputs], .normal(1 / Double(width).squareRoot())),
        bias: bias ? try scope.parameter(names.bias, [outputs], .zeros) : nil)
    case .mlp(let hidden, let activation):
      let scope = scope / names.mlp
      form = .mlp(
        try MLP(
          expand: Linear(width, hidden, in: scope / "c_fc"),
          contract: Linear(hidden, outputs, in: scope / "c_proj"), activation: activation,
          numerics: scope.numerics))
    }
  }

  /// - Parameter x: `[…, width]`.
  /// - Returns: `[…, outputs]`.
  /// - Throws: `TorchError` when the shapes disagree.
  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    switch form {
    case .none: return x
    case .linear(let weight, let bias):
      let y = try x.matmul(weight)
      return try bias.map { bias throws(TorchError) in try y + bias } ?? y
    case .mlp(let mlp): return try mlp(x)
    }
  }
}
