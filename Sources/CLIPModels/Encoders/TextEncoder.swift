public import Torch
package import TorchNN

/// A network that maps sentences into the shared space: a trunk, a pooling and a head.
public struct TextEncoder: Sendable {
  /// How many tokens it can take.
  public let maximumPositions: Int
  private let trunk: any TextTrunk
  private let output: EncoderOutput

  /// Whether padding changes the embedding, so that every text has to be padded to the context.
  public var countsPadding: Bool { output.countsPadding }
  /// Whether tokens are merged into words, which the caller then has to name.
  public var mergesWords: Bool { output.mergesWords }

  /// Asks the root scope for all tensors.
  ///
  /// - Parameters:
  ///   - tower: the trunk.
  ///   - output: what comes after it; what is nil is the tower's own.
  ///   - embeddingDimension: of the shared space.
  ///   - root: the model's scope.
  /// - Throws: ``ModelError/configuration(file:problem:)`` when the parts do not fit each other,
  ///   `ParameterError`.
  package init(
    _ tower: any TextTowerConfiguration, output: OutputConfiguration = .standard,
    embeddingDimension: Int, in root: Parameters.Scope
  ) throws {
    maximumPositions = tower.maximumPositions
    let root = root.part(.text)
    let scope = root / tower.scopeName
    let configuration = output.filled(from: tower.standardOutput)
    if let problem = configuration.problem(over: tower.shape, dimension: embeddingDimension) {
      throw ModelError.configuration(file: "text_output", problem: problem)
    }
    trunk = try tower.trunk(in: scope)
    self.output = try EncoderOutput(
      configuration, over: tower.shape, dimension: embeddingDimension, names: .text,
      trunkScope: scope, headScope: root.part(.textHead))
  }

  /// - Parameters:
  ///   - tokens: `[batch, length]` ids.
  ///   - mask: `[batch, length]` bool, true at tokens and false at padding; nil without padding.
  ///   - words: `int64` `[batch, length]`, which word each token belongs to, -1: to none; where
  ///     tokens are wanted and ``mergesWords``.
  ///   - options: what is wanted.
  /// - Returns: features in the shared space, not normalised.
  /// - Throws: `TorchError` when the shapes disagree or there are too many tokens.
  public func callAsFunction(
    _ tokens: Tensor, mask: Tensor?, words: Tensor? = nil, options: EncodingOptions
  ) throws -> Features {
    let queries = try output.queries(valid: mask, like: tokens)
    let grid = try trunk(
      tokens, mask: mask, asking: options.wantsTokens ? .all : queries,
      layers: output.innerLayers(wantsTokens: options.wantsTokens), options: options)
    return try output.features(
      grid, queries: queries, wantsTokens: options.wantsTokens, words: words)
  }
}
