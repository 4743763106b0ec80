/// Which parameters shrink by weight decay.
public enum WeightDecayRule: String, Codable, Hashable, Sendable, CaseIterable {
  /// Matrices, kernels and tables; never vectors and scalars, which are norms, biases, the class
  /// token and the temperature.
  case matrices
  /// As the original decides, by names: everything without `bn`, `ln`, `bias` or `logit_scale`. It
  /// decays BERT's norms and the norms of shortcuts. Source: `cn_clip/training/main.py`.
  case original = "cn_clip"
  /// As ``matrices``, and embeddings of tokens and positions neither. Source: FILIP (Yao et al.,
  /// 2021, appendix A.3).
  case withoutEmbeddings = "without_embeddings"

  /// Whether a parameter decays.
  public func decays(_ name: String, shape: [Int]) -> Bool {
    switch self {
    case .matrices: shape.count >= 2
    case .withoutEmbeddings:
      shape.count >= 2 && !name.contains("embedding") && !name.contains("position_bias_table")
    case .original: !["bn", "ln", "bias", "logit_scale"].contains { name.contains($0) }
    }
  }
}
