import Torch

/// How a word's vector is made of its pieces'.
public enum WordMerge: String, Codable, Hashable, Sendable, CaseIterable {
  case sum
  case mean
}

/// One token a word; what is no word gives none.
///
/// Source: Huang et al., *GLoRIA*, 2021, section 3.2.2, and `aggregate_tokens` of its published code,
/// which adds the pieces up.
struct MergedWords: TokenReducer {
  let merge: WordMerge

  func callAsFunction(_ features: Features, words: Tensor?) throws -> Features {
    guard let tokens = features.tokens else { return features }
    guard let words else {
      throw ModelError.unsupported(
        "tokens are merged into words, but nobody said which word each belongs to")
    }
    // [batch, words, tokens]: which tokens make a word.
    let numbers = try Tensor.range(0..<tokens.shape[1], device: tokens.device)
    let belongs = try words.unsqueezed(1).isEqual(to: numbers.reshaped(1, -1, 1))
      .to(tokens.dtype)
    let counts = try belongs.sum(axis: 2, keepsAxis: true)
    var merged = features
    let sums = try belongs.matmul(tokens)
    merged.tokens = merge == .sum ? sums : try sums / counts.clamped(1...Double.infinity)
    merged.valid = try counts.squeezed(2).isGreater(than: 0)
    merged.special = 0
    return merged
  }
}
