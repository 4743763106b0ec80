import Torch

/// What is computed in `float32` though layers compute in half precision, in every format.
extension TowerGraph {
  /// The type of a product: `float32` for pooled vectors, whose projection cancels most of what they
  /// have in common, and of which there is one for each input.
  func productType(_ node: Node, _ dtype: DType) -> DType {
    shape(node.outputs[0]).count == 2 ? .float32 : dtype
  }

  /// The type of a convolution: `float32` where its weights are few, in a network's first one and in
  /// those of single channels: what is rounded there grows on its way, and storing them costs nothing.
  func convolutionType(_ node: Node, groups: Int, _ dtype: DType) -> DType {
    guard let weight = constant(node.inputs[1]) else { return dtype }
    return groups > 1 || weight.count < 8192 ? .float32 : dtype
  }
}
