package import Checkpoints
import Torch
import TorchNN

/// Turns the tokens of an encoder into fewer ones before they are compared.
protocol TokenReducer: Sendable {
  /// The same embeddings with fewer tokens than the given ones, `[batch, tokens, dimension]`.
  ///
  /// `words` says which word each token of a text belongs to, `int64` `[batch, tokens]`, -1: to none.
  func callAsFunction(_ features: Features, words: Tensor?) throws -> Features
}

/// Which tokens are left of many; a key of an encoder's output.
public enum TokenReduction: Hashable, Sendable {
  /// Weighted sums of the places' tokens by so many learned maps, as in Wukong; tokens that stand for
  /// the whole are left out.
  case attentionMaps(count: Int, groups: Int)
  /// One token a word, made of its pieces, as in GLoRIA; `[CLS]` and `[SEP]` are left out.
  case words(WordMerge)

  func reducer(dimension: Int, in scope: Parameters.Scope) throws -> any TokenReducer {
    switch self {
    case .attentionMaps(let count, let groups):
      try AttentionMaps(dimension, count: count, groups: groups, in: scope)
    case .words(let merge): MergedWords(merge: merge)
    }
  }

  /// What keeps it from reducing tokens of a dimension; nil if nothing does.
  func problem(over shape: TrunkShape, dimension: Int) -> String? {
    switch self {
    case .attentionMaps(let count, let groups):
      if shape.places == nil { return "attention_maps are for pictures" }
      return (1...4096).contains(count) && groups > 0 && dimension.isMultiple(of: groups)
        ? nil : "attention_maps need a count of 1…4096 and groups that divide \(dimension)"
    case .words: return shape.places == nil ? nil : "words are of texts"
    }
  }
}

extension TokenReduction {
  /// What the tensors of a checkpoint with native names tell; nil if there is no reduction.
  package init?(recognizedIn checkpoint: Checkpoint) {
    guard let maps = checkpoint.shape("visual.token_reducer.maps.weight", 4),
      let values = checkpoint.shape("visual.token_reducer.values.weight", 4), values[1] > 0
    else { return nil }
    self = .attentionMaps(count: maps[0], groups: values[0] / values[1])
  }
}

/// So many weighted means of all places, `[batch, places, dimension]` to `[batch, count, dimension]`.
///
/// The weights of a map are a softmax over the places of two linear maps, the first one by groups,
/// of the normalised tokens; what is summed is a map by groups of the tokens.
///
/// Source: Gu et al., 2022, *Wukong*, section 3.3; Ryoo et al., 2021, *TokenLearner*.
struct AttentionMaps: TokenReducer {
  private let norm: LayerNorm
  private let mixing: Conv2D
  private let maps: Conv2D
  private let values: Conv2D

  init(_ dimension: Int, count: Int, groups: Int, in scope: Parameters.Scope) throws {
    norm = try LayerNorm(dimension, in: scope / "norm")
    mixing = try Conv2D(dimension, dimension, kernel: 1, groups: groups, in: scope / "mixing")
    maps = try Conv2D(dimension, count, kernel: 1, in: scope / "maps")
    values = try Conv2D(dimension, dimension, kernel: 1, groups: groups, in: scope / "values")
  }

  func callAsFunction(_ features: Features, words: Tensor?) throws -> Features {
    guard let tokens = features.tokens else { return features }
    let places = try tokens.sliced(features.special..<tokens.shape[1], axis: 1)
    // [batch, dimension, places, 1]: a convolution of 1 × 1 is a linear map of each place.
    func grid(_ tokens: Tensor) throws -> Tensor { try tokens.transposed(1, 2).unsqueezed(3) }
    let scores = try maps(mixing(grid(norm(places))))
    let weights = try scores.reshaped(scores.shape[0], scores.shape[1], -1).softmax(axis: 2)
    let summed = try values(grid(places)).squeezed(3).transposed(1, 2)
    var reduced = features
    reduced.tokens = try weights.matmul(summed)
    reduced.maps = try weights.detached()
    reduced.valid = nil
    reduced.special = 0
    return reduced
  }
}
