public import Torch

/// How exactly a model computes.
public enum Precision: String, CaseIterable, Codable, Hashable, Sendable {
  /// `fp32` on the CPU, so that numbers equal the original's; `fp16` on CUDA.
  case automatic = "auto"
  case float32 = "fp32"
  case bfloat16 = "bf16"
  case float16 = "fp16"

  /// The type of weights and activations on a device.
  ///
  /// - Throws: ``ModelError/unsupported(_:)`` for `fp16` on a CPU, which computes it slowly.
  public func dtype(on device: Device) throws -> DType {
    switch self {
    case .automatic: device == .cpu ? .float32 : .float16
    case .float32: .float32
    case .bfloat16: .bfloat16
    case .float16 where device == .cpu:
      throw ModelError.unsupported(
        "fp16 is for CUDA devices; on the CPU use fp32 (exact), or bf16 where the CPU has it")
    case .float16: .float16
    }
  }
}
