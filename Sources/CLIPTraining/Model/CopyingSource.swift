import Torch
import TorchNN

/// Tensors with memory of their own: those of a checkpoint may lie in a mapped file, which must not
/// be written to, and training changes its tensors in place.
struct CopyingSource: TensorSource {
  let base: any TensorSource

  var sourceName: String { base.sourceName }
  var tensorNames: [String] { base.tensorNames }

  func tensor(named name: String) throws -> Tensor? {
    try base.tensor(named: name).map { try $0.clone() }
  }
}
