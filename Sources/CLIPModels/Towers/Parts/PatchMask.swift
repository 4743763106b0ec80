import Torch

/// Keeps a random share of a picture's patches, and always its class token.
///
/// Source: Li et al., *Scaling Language-Image Pre-training via Masking* (FLIP), 2022, section 3;
/// `cn_clip/clip/model.py`, `random_masking`. The kept patches come in random order, which changes
/// nothing since their positions have been added.
struct PatchMask {
  let ratio: Double

  /// - Parameter x: `[batch, patches + 1, width]`, the class token first.
  /// - Returns: `[batch, kept + 1, width]` with ⌊patches · (1 - ratio)⌋ kept.
  /// - Throws: `TorchError` when the shapes disagree.
  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    let shape = x.shape
    let patches = shape[1] - 1
    let kept = Int(Double(patches) * (1 - ratio))
    let order = try Random.uniform([shape[0], patches], device: x.device).sorted(axis: 1).indices
    let indices = try order.sliced(0..<kept, axis: 1).unsqueezed(2).expanded(-1, -1, shape[2])
    let chosen = try x.sliced(1..<shape[1], axis: 1).gathered(indices, axis: 1)
    return try Tensor.concatenated([x.sliced(0..<1, axis: 1), chosen], axis: 1)
  }
}
