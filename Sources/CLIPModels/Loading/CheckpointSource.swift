package import Checkpoints
import Foundation
package import Torch
import TorchNN

/// Hands a checkpoint's tensors to layers.
package struct CheckpointSource: TensorSource {
  private let checkpoint: Checkpoint
  /// The file's name.
  package let sourceName: String

  /// - Parameter checkpoint: with native names.
  package init(_ checkpoint: Checkpoint) {
    self.checkpoint = checkpoint
    sourceName = checkpoint.url?.lastPathComponent ?? "the checkpoint"
  }

  /// The checkpoint's names in its order.
  package var tensorNames: [String] { checkpoint.names }

  /// One tensor, sharing the mapped file's memory where that is possible.
  package func tensor(named name: String) throws -> Tensor? {
    try checkpoint[name].map(Tensor.of)
  }

  /// Gives some tensors' pages of the mapped file back to the system.
  package func releaseMemory(of names: [String]) { checkpoint.releaseMemory(of: names) }
}

extension Tensor {
  /// The tensor of a checkpoint, its memory shared with the mapped file where that is possible.
  package static func of(_ tensor: CheckpointTensor) throws -> Tensor {
    let dtype = DType(tensor.elementType)
    if let mapped = tensor.mappedBytes, isAligned(mapped.bytes, for: dtype) {
      return try Tensor(
        borrowing: mapped.bytes, shape: tensor.shape, dtype: dtype, owner: mapped.owner)
    }
    return try tensor.withUnsafeBytes { bytes in
      try Tensor(bytes: bytes, shape: tensor.shape, dtype: dtype)
    }
  }

  private static func isAligned(_ bytes: UnsafeRawBufferPointer, for dtype: DType) -> Bool {
    bytes.count > 0 && Int(bitPattern: bytes.baseAddress).isMultiple(of: dtype.byteCount)
  }
}
