package import Torch
package import TorchNN

/// Fits a vision transformer's positions to another number of patches.
///
/// The class row is kept; the rest is resampled as a square grid, bicubic with aligned corners and
/// without antialiasing. Source: `cn_clip/clip/utils.py`, `resize_pos_embed`.
package struct PositionInterpolation: TensorSource {
  private let base: any TensorSource
  private let name: String
  private let gridSize: Int

  /// A source whose positional embedding has the length that the architecture wants.
  ///
  /// - Parameters:
  ///   - base: the checkpoint.
  ///   - configuration: the vision transformer wanted.
  ///   - name: the positional embedding's name.
  package init(
    of base: any TensorSource, for configuration: VisionTransformer.Configuration,
    name: String = "visual.positional_embedding"
  ) {
    self.base = base
    self.name = name
    gridSize = configuration.gridSize
  }

  /// The base's name.
  package var sourceName: String { base.sourceName }
  /// Lets the base release its memory.
  package func releaseMemory(of names: [String]) { base.releaseMemory(of: names) }
  /// The base's names.
  package var tensorNames: [String] { base.tensorNames }

  /// The base's tensor, resampled if it is the positional embedding of another grid.
  package func tensor(named name: String) throws -> Tensor? {
    guard let tensor = try base.tensor(named: name), name == self.name, tensor.rank == 2 else {
      return try base.tensor(named: name)
    }
    let stored = tensor.shape[0] - 1
    let side = Int(Double(stored).squareRoot().rounded())
    guard side > 0, side * side == stored, side != gridSize else { return tensor }
    let width = tensor.shape[1]
    let grid = try tensor.sliced(1..<stored + 1).to(.float32)
      .reshaped(1, side, side, width).permuted(0, 3, 1, 2)
    let resized = try grid.resizedBicubic(height: gridSize, width: gridSize, alignCorners: true)
      .permuted(0, 2, 3, 1).reshaped(gridSize * gridSize, width).to(tensor.dtype)
    return try .concatenated([tensor.sliced(0..<1), resized])
  }
}
