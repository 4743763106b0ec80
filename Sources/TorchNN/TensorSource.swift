public import Torch

/// Something that tensors are asked for by name: a checkpoint, or another model's parameters.
public protocol TensorSource: Sendable {
  /// How messages call it; a file name, for example.
  var sourceName: String { get }
  /// The names of all its tensors.
  var tensorNames: [String] { get }
  /// One tensor, or nil if there is none of that name.
  func tensor(named name: String) throws -> Tensor?
  /// Gives the memory of some tensors back where it can be read again, as pages of a mapped file.
  ///
  /// Tensors that were handed out stay as they are.
  func releaseMemory(of names: [String])
}

extension TensorSource {
  /// Does nothing: most sources have nothing that they could read again.
  public func releaseMemory(of names: [String]) {}
}
