public import Checkpoints
import Foundation
public import Torch
public import TorchNN

/// Hands a checkpoint's tensors to layers.
public struct CheckpointSource: TensorSource {
  private let checkpoint: Checkpoint
  /// The file's name.
  public let sourceName: String

  /// - Parameter checkpoint: with native names.
  public init(_ checkpoint: Checkpoint) {
    self.checkpoint = checkpoint
    sourceName = checkpoint.url?.lastPathComponent ?? "the checkpoint"
  }

  /// The checkpoint's names in its order.
  public var tensorNames: [String] { checkpoint.names }

  /// One tensor, sharing the mapped file's memory where that is possible.
  public func tensor(named name: String) throws -> Tensor? {
    try checkpoint[name].map(Tensor.of)
  }

  /// Gives the mapped file's pages back to the system.
  public func releaseMemory() { checkpoint.releaseMemory() }
}

extension Tensor {
  /// The tensor of a checkpoint, its memory shared with the mapped file where that is possible.
  public static func of(_ tensor: CheckpointTensor) throws -> Tensor {
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

extension DType {
  /// The type that checkpoints call by another name.
  public init(_ type: ElementType) {
    self =
      switch type {
      case .float32: .float32
      case .float16: .float16
      case .bfloat16: .bfloat16
      case .float64: .float64
      case .int64: .int64
      case .int32: .int32
      case .int16: .int16
      case .int8: .int8
      case .uint8: .uint8
      case .bool: .bool
      }
  }
}
