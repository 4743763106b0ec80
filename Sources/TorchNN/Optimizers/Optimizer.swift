public import Torch

/// Moves weights down their gradients.
public protocol Optimizer: AnyObject {
  /// How many tensors decay and how many do not.
  var tensorCounts: (decayed: Int, undecayed: Int) { get }
  /// What a checkpoint has to keep, by name.
  var state: [(name: String, tensor: Tensor)] { get }

  /// One step; parameters without a gradient stay, and so does what is kept of them.
  func step(learningRate: Double) throws(TorchError)

  /// Takes over a state that ``state`` gave.
  ///
  /// - Throws: ``ParameterError`` when the source lacks a tensor or has one of another shape.
  func restore(from source: any TensorSource) throws
}

extension AdamW: Optimizer {}
