public import Torch

/// Some of each sample's tokens, those that a training step compares.
///
/// Source: Yao et al., *FILIP*, 2021, section 3.1: a quarter of the tokens is chosen in each worker
/// before the workers exchange them.
public struct TokenSelection: Sendable {
  /// `[samples, kept]`, `int64`, among all tokens.
  let indices: Tensor
  /// Bool `[samples, kept]`, false where a sample has fewer tokens than others; nil: nowhere.
  let valid: Tensor?

  /// The tokens with the highest values, `[samples, tokens]`: a share of each sample's valid tokens,
  /// rounded up.
  init(of tokens: ComparedTokens, keep: Double, by values: Tensor) throws(TorchError) {
    // Sums of thirds and tenths must not round up past a whole number.
    let rounding = 1e-4
    let count = Int((keep * Double(values.shape[1]) - rounding).rounded(.up))
    guard let given = tokens.valid else {
      indices = try values.top(max(1, count), axis: 1).indices + Double(tokens.special)
      valid = nil
      return
    }
    let ranked = try values.filled(-3, where: given.inverted())
    indices = try ranked.top(max(1, count), axis: 1).indices + Double(tokens.special)
    let ranks = try Tensor.range(0..<max(1, count), dtype: .float32, device: values.device)
    let limits = try given.to(.float32).sum(axis: 1, keepsAxis: true) * keep - rounding
    valid = try (ranks.unsqueezed(0) - limits).isLess(than: 0)
  }

  /// The samples with these tokens alone; gradients flow to where they came from.
  public func callAsFunction(_ features: Features) throws(TorchError) -> Features {
    guard let tokens = features.tokens else { return features }
    let shape = [indices.shape[0], indices.shape[1], tokens.shape[2]]
    var selected = features
    selected.tokens = try tokens.gathered(indices.unsqueezed(2).expanded(shape), axis: 1)
    selected.valid = valid
    selected.special = 0
    return selected
  }

  /// The choice of some of the samples.
  package func sliced(_ rows: Range<Int>) throws(TorchError) -> TokenSelection {
    TokenSelection(
      indices: try indices.sliced(rows),
      valid: try valid.map { valid throws(TorchError) in try valid.sliced(rows) })
  }

  private init(indices: Tensor, valid: Tensor?) {
    self.indices = indices
    self.valid = valid
  }
}
