public import Checkpoints
public import Torch
public import TorchNN

/// Swin: a transformer whose tokens attend within windows, over fewer and wider tokens stage by stage.
///
/// Source: Liu et al., *Swin Transformer: Hierarchical Vision Transformer using Shifted Windows*,
/// 2021; names are those of its published code, `swin_transformer.py`. Stochastic depth is left out.
public struct Swin: ImageTrunk {
  /// The numbers that make one.
  public struct Configuration: Codable, Hashable, Sendable {
    /// The side of its square pictures, in pixels.
    public var imageSize: Int
    /// The side of a square patch, in pixels.
    public var patchSize: Int
    /// The size of a token's vector in the first stage; each stage doubles it.
    public var width: Int
    /// Blocks of each stage.
    public var layers: [Int]
    /// The heads of each stage's attentions.
    public var heads: [Int]
    /// The side of a window in tokens; a stage with fewer tokens on a side is one window.
    public var windowSize: Int
    /// How many times wider a block's hidden layer is than its tokens.
    public var mlpRatio: Double

    /// Names the numbers.
    public init(
      imageSize: Int, patchSize: Int, width: Int, layers: [Int], heads: [Int], windowSize: Int,
      mlpRatio: Double = 4
    ) {
      self.imageSize = imageSize
      self.patchSize = patchSize
      self.width = width
      self.layers = layers
      self.heads = heads
      self.windowSize = windowSize
      self.mlpRatio = mlpRatio
    }

    /// Tokens on one side of the picture in a stage, counted from 0.
    func side(of stage: Int) -> Int { (imageSize / patchSize) >> stage }
    /// The size of a token's vector in a stage.
    func width(of stage: Int) -> Int { width << stage }
    /// The windows of a stage's blocks.
    func windows(of stage: Int) -> SwinWindows {
      SwinWindows(side: side(of: stage), window: min(windowSize, side(of: stage)))
    }
  }

  private struct Stage: Sendable {
    let blocks: [SwinBlock]
    let merging: SwinMerging?
  }

  let patches: Conv2D
  let patchNorm: LayerNorm
  private let stages: [Stage]
  let outputNorm: LayerNorm

  /// Asks the scope (`visual`) for everything.
  public init(_ configuration: Configuration, in scope: Parameters.Scope) throws {
    let count = configuration.layers.reduce(0, +)
    let input = scope.input(before: count)
    patches = try Conv2D(
      3, configuration.width, kernel: configuration.patchSize, stride: configuration.patchSize,
      bias: true, in: input / "patch_embed" / "proj"
    ).prepared(for: scope.numerics)
    patchNorm = try LayerNorm(configuration.width, in: input / "patch_embed" / "norm")
    var index = 0
    stages = try configuration.layers.indices.map { stage in
      let place = { (index: Int) in scope.block(index, of: count) / "layers" / stage }
      let windows = configuration.windows(of: stage)
      let blocks = try (0..<configuration.layers[stage]).map { block in
        defer { index += 1 }
        return try SwinBlock(
          width: configuration.width(of: stage), heads: configuration.heads[stage],
          mlpRatio: configuration.mlpRatio, windows: windows, shifts: !block.isMultiple(of: 2),
          in: place(index) / "blocks" / block)
      }
      let isLast = stage == configuration.layers.count - 1
      return Stage(
        blocks: blocks,
        merging: isLast
          ? nil
          : try SwinMerging(
            width: configuration.width(of: stage), side: windows.side,
            in: place(index - 1) / "downsample"))
    }
    outputNorm = try LayerNorm(
      configuration.width(of: configuration.layers.count - 1), in: scope / "norm")
  }

  /// The places of the last stage of `[batch, 3, imageSize, imageSize]`, normalised, row by row.
  ///
  /// Inner layers are the patches, 0, and what leaves each stage before tokens are merged.
  public func callAsFunction(
    _ images: Tensor, asking: Queries, layers: Set<Int>, options: EncodingOptions
  ) throws -> TokenGrid {
    var record = LayerRecord(layers, asking: .all)
    var x = try patchNorm(patches(images).places())  // [batch, tokens, width]
    try record.add(0, x)
    for (index, stage) in stages.enumerated() {
      for block in stage.blocks { x = try options.run(x) { try block($0) } }
      try record.add(index + 1, x)
      if let merging = stage.merging { x = try merging(x) }
    }
    return TokenGrid(tokens: try outputNorm(x), layers: record.layers)
  }
}

extension Swin.Configuration: ImageTowerConfiguration {
  /// `swin`.
  public static var kind: String { "swin" }

  /// Told by its patches, tables and blocks; the picture's size is that of the published models, in
  /// which the last stage is one window.
  public static func recognized(in checkpoint: Checkpoint) -> ArchitectureHint.Tower<Self>? {
    let stages = checkpoint.count { "visual.layers.\($0).blocks.0.norm1.weight" }
    func first(_ stage: Int) -> String { "visual.layers.\(stage).blocks.0" }
    func table(_ stage: Int) -> [Int]? {
      checkpoint.shape("\(first(stage)).attn.relative_position_bias_table", 2)
    }
    guard (1...16).contains(stages),
      let patches = checkpoint.shape("visual.patch_embed.proj.weight", 4),
      patches[2] == patches[3], let mlp = checkpoint.shape("\(first(0)).mlp.fc1.weight", 2),
      let largest = table(0), let reach = squareRoot(of: largest[0]), !reach.isMultiple(of: 2)
    else { return nil }
    let heads = (0..<stages).compactMap { table($0)?[1] }
    guard heads.count == stages, patches[0] > 0 else { return nil }
    let window = (reach + 1) / 2
    let (side, overflow) = (patches[2] << (stages - 1)).multipliedReportingOverflow(by: window)
    guard !overflow else { return nil }
    return .known(
      Self(
        imageSize: side, patchSize: patches[2], width: patches[0],
        layers: (0..<stages).map { stage in
          checkpoint.count { "visual.layers.\(stage).blocks.\($0).norm1.weight" }
        }, heads: heads, windowSize: window, mlpRatio: Double(mlp[0]) / Double(patches[0])))
  }

  /// Whether windows cover every stage exactly, and heads the widths.
  public var isPossible: Bool {
    guard (1...16).contains(layers.count), heads.count == layers.count, patchSize > 0,
      (patchSize...65_536).contains(imageSize), imageSize.isMultiple(of: patchSize),
      (1...256).contains(windowSize), (1...65_536).contains(width),
      mlpRatio > 0, mlpRatio <= 64
    else { return false }
    return layers.indices.allSatisfy { stage in
      let side = side(of: stage)
      let isLast = stage == layers.count - 1
      return (1...512).contains(layers[stage]) && side > 0
        && (side <= windowSize || side.isMultiple(of: windowSize))
        && (isLast || side.isMultiple(of: 2)) && heads[stage] > 0
        && width(of: stage).isMultiple(of: heads[stage]) && width(of: stage) <= 65_536
    }
  }

  /// Tables of relative positions for windows of another size are interpolated.
  public func fitted(_ source: any TensorSource) -> any TensorSource {
    SwinTables(of: source, for: self)
  }

  /// The patches' projection, the blocks, and the merging between stages.
  public var operations: Double? {
    let patches = Double(side(of: 0) * side(of: 0) * 3 * patchSize * patchSize * width)
    return 2
      * layers.indices.reduce(patches) { total, stage in
        let (width, windows) = (Double(width(of: stage)), windows(of: stage))
        let tokens = Double(windows.side * windows.side)
        let attention = 4 * width * width + 2 * Double(windows.window * windows.window) * width
        let block = tokens * (attention + 2 * mlpRatio * width * width)
        let merging = stage == layers.count - 1 ? 0 : tokens / 4 * 4 * width * 2 * width
        return total + Double(layers[stage]) * block + merging
      }
  }

  /// The places of the last stage.
  public var shape: TrunkShape {
    let last = layers.count - 1
    return TrunkShape(
      width: width(of: last), places: side(of: last) * side(of: last), hasClassToken: false,
      layerWidths: [width] + layers.indices.map { width(of: $0) })
  }

  /// The mean of the places, projected with a bias, as in Wukong.
  public var standardOutput: OutputConfiguration {
    OutputConfiguration(pooling: .mean(countsPadding: false), head: .linear(bias: true))
  }

  /// Builds the transformer.
  public func trunk(
    in scope: Parameters.Scope, placeOutput: () throws -> Void
  ) throws -> any ImageTrunk {
    try Swin(self, in: scope)
  }
}

extension ImageEncoderConfiguration {
  /// Swin.
  public static func swin(_ configuration: Swin.Configuration) -> Self { Self(configuration) }
}
