import Torch
import TorchNN

/// Fits a Swin's tables of relative positions to windows of another size.
///
/// A table is resampled as a square grid, bicubic without aligned corners. Source: Swin's published
/// code, `utils.py`, `load_pretrained`.
struct SwinTables: TensorSource {
  private let base: any TensorSource
  private let configuration: Swin.Configuration

  init(of base: any TensorSource, for configuration: Swin.Configuration) {
    self.base = base
    self.configuration = configuration
  }

  var sourceName: String { base.sourceName }
  var tensorNames: [String] { base.tensorNames }
  func releaseMemory(of names: [String]) { base.releaseMemory(of: names) }

  /// The base's tensor, resampled if it is the table of another window.
  func tensor(named name: String) throws -> Tensor? {
    let parts = name.split(separator: ".")
    guard let tensor = try base.tensor(named: name),
      parts.last == "relative_position_bias_table", parts.prefix(2) == ["visual", "layers"],
      let stage = Int(parts[2]), configuration.layers.indices.contains(stage), tensor.rank == 2
    else { return try base.tensor(named: name) }
    let stored = Int(Double(tensor.shape[0]).squareRoot().rounded())
    let wanted = 2 * configuration.windows(of: stage).window - 1
    guard stored > 0, stored * stored == tensor.shape[0], stored != wanted else { return tensor }
    let heads = tensor.shape[1]
    let grid = try tensor.to(.float32).transposed(0, 1).reshaped(1, heads, stored, stored)
    return try grid.resizedBicubic(height: wanted, width: wanted, alignCorners: false)
      .reshaped(heads, wanted * wanted).transposed(0, 1).contiguous().to(tensor.dtype)
  }
}
