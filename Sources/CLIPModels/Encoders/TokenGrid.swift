public import Torch
public import TorchNN

/// A trunk's answer, before pooling and projection.
public struct TokenGrid: Sendable {
  /// `[batch, tokens, width]`, or the asked tokens alone; a convolutional network's are its places.
  public var tokens: Tensor
  /// Bool `[batch, tokens]`, false at padding; nil: there is none.
  public var valid: Tensor?
  /// How many leading tokens stand for the whole and not for a place, 0 or 1.
  public var special: Int
  /// Which tokens these are.
  public var asked: Queries
  /// What left the inner blocks that were asked for, of the same tokens; 0 is the first block's input.
  public var layers: [Int: Tensor]

  /// Joins the parts.
  public init(
    tokens: Tensor, valid: Tensor? = nil, special: Int = 0, asked: Queries = .all,
    layers: [Int: Tensor] = [:]
  ) {
    self.tokens = tokens
    self.valid = valid
    self.special = special
    self.asked = asked
    self.layers = layers
  }
}

/// Keeps what the asked inner layers give on the way through a network.
struct LayerRecord {
  let wanted: Set<Int>
  let asking: Queries
  private(set) var layers: [Int: Tensor] = [:]

  init(_ wanted: Set<Int>, asking: Queries) {
    self.wanted = wanted
    self.asking = asking
  }

  mutating func add(_ layer: Int, _ x: Tensor) throws {
    if wanted.contains(layer) { layers[layer] = try asking.select(x) }
  }

  /// Keeps the places of a map, `[batch, channels, height, width]`.
  mutating func add(_ layer: Int, of map: Tensor) throws {
    if wanted.contains(layer) { layers[layer] = try map.places() }
  }
}

/// A network for pictures up to its tokens.
public protocol ImageTrunk: Sendable {
  /// - Parameters:
  ///   - images: `[batch, 3, imageSize, imageSize]`, normalised.
  ///   - asking: which tokens the last block computes; a convolutional network gives all.
  ///   - layers: inner layers to give too, counted from 0, the first block's input.
  ///   - options: mode, masking, recomputation.
  /// - Returns: the tokens, not normalised.
  /// - Throws: `TorchError` when the shapes disagree.
  func callAsFunction(
    _ images: Tensor, asking: Queries, layers: Set<Int>, options: EncodingOptions
  ) throws -> TokenGrid
}

/// A network for texts up to its tokens.
public protocol TextTrunk: Sendable {
  /// - Parameters:
  ///   - tokens: `[batch, length]` ids.
  ///   - mask: bool `[batch, length]`, true at tokens and false at padding; nil without padding.
  ///   - asking: which tokens the last block computes.
  ///   - layers: inner layers to give too, counted from 0, the first block's input.
  ///   - options: mode, recomputation.
  /// - Returns: the tokens, not normalised.
  /// - Throws: `TorchError` when the shapes disagree or there are too many tokens.
  func callAsFunction(
    _ tokens: Tensor, mask: Tensor?, asking: Queries, layers: Set<Int>, options: EncodingOptions
  ) throws -> TokenGrid
}

/// What pooling and head have to know of a trunk.
public struct TrunkShape: Hashable, Sendable {
  /// The size of a token's vector.
  public var width: Int
  /// Places of a picture; nil for texts, which are of any length.
  public var places: Int?
  /// Whether a token stands for the whole: a class token, or what begins and ends a text.
  public var hasClassToken: Bool
  /// The sizes of what enters the first block and of what leaves each.
  public var layerWidths: [Int]

  /// Names the sizes.
  public init(width: Int, places: Int?, hasClassToken: Bool, layerWidths: [Int]) {
    self.width = width
    self.places = places
    self.hasClassToken = hasClassToken
    self.layerWidths = layerWidths
  }
}
