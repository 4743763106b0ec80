public import Torch
package import TorchNN

/// A network that maps pictures into the shared space: a trunk, a pooling and a head.
public struct ImageEncoder: Sendable {
  /// The side of its square pictures, in pixels.
  public let imageSize: Int
  private let trunk: any ImageTrunk
  private let output: EncoderOutput

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
    _ tower: any ImageTowerConfiguration, output: OutputConfiguration = .standard,
    embeddingDimension: Int, in root: Parameters.Scope
  ) throws {
    imageSize = tower.imageSize
    let scope = root.part(.image) / "visual"
    let configuration = output.filled(from: tower.standardOutput)
    let shape = tower.shape
    if let problem = configuration.problem(over: shape, dimension: embeddingDimension) {
      throw ModelError.configuration(file: "image_output", problem: problem)
    }
    func make() throws -> EncoderOutput {
      try EncoderOutput(
        configuration, over: shape, dimension: embeddingDimension, names: .image,
        trunkScope: scope, headScope: scope.part(.imageHead))
    }
    var placed: EncoderOutput?
    trunk = try tower.trunk(in: scope) { placed = try make() }
    self.output = try placed ?? make()
  }

  /// - Parameters:
  ///   - images: `[batch, 3, imageSize, imageSize]`, normalised.
  ///   - options: what is wanted.
  /// - Returns: features in the shared space, not normalised.
  /// - Throws: `TorchError` when the shapes disagree.
  public func callAsFunction(_ images: Tensor, options: EncodingOptions) throws -> Features {
    let (grid, queries) = try run(images, options)
    return try output.features(grid, queries: queries, wantsTokens: options.wantsTokens)
  }

  /// The size of a pooled vector.
  package var pooledWidth: Int { output.pooledWidth }

  /// What the trunk makes of pictures before the head: `[batch, width]`.
  package func pooled(_ images: Tensor, options: EncodingOptions) throws -> Tensor {
    let (grid, queries) = try run(images, options)
    return try output.pooled(grid, queries: queries)
  }

  /// The features of pooled pictures, as ``pooled(_:options:)`` gives them.
  package func features(pooled: Tensor) throws -> Features {
    try output.features(pooled: pooled)
  }

  /// Features of pictures as part of a graph, and the places that an explanation follows the gradient
  /// to: `[batch, tokens, width]`, of which the first `special` are no places.
  func followed(_ images: Tensor, layer: Int) throws -> (embedding: Tensor, grid: TokenGrid) {
    let queries = try output.queries(valid: nil, like: images)
    let inner = output.innerLayers(wantsTokens: false).union([layer])
    let grid = try trunk(images, asking: .all, layers: inner, options: .inference)
    var followed = grid
    followed.tokens = grid.layers[layer] ?? grid.tokens
    try followed.tokens.retainGradient()
    return (try output.features(pooled: output.pooled(grid, queries: queries)).embedding, followed)
  }

  private func run(
    _ images: Tensor, _ options: EncodingOptions
  ) throws -> (grid: TokenGrid, queries: Queries) {
    let queries = try output.queries(valid: nil, like: images)
    let grid = try trunk(
      images, asking: options.wantsTokens ? .all : queries,
      layers: output.innerLayers(wantsTokens: options.wantsTokens), options: options)
    return (grid, queries)
  }
}
