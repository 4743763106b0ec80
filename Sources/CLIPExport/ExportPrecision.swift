import Torch

/// How exactly an exported model computes.
public enum ExportPrecision: String, CaseIterable, Sendable {
  /// As the model was trained.
  case float32 = "fp32"
  /// Weights and activations in half precision; statistics, softmax and mask in `fp32`.
  case float16 = "fp16"
  /// The same in `bfloat16`, for graphics processors.
  case bfloat16 = "bf16"
  /// Weights of products in whole numbers of eight bits with a scale for each output.
  case int8

  /// The type of activations, and of the weights that are not quantised.
  var dtype: DType {
    switch self {
    case .float32, .int8: .float32
    case .float16: .float16
    case .bfloat16: .bfloat16
    }
  }

  /// The least cosine between our features and the exported model's that counts as the same model.
  public var leastCosine: Double {
    switch self {
    case .float32: 0.99999
    case .float16: 0.9999
    case .bfloat16: 0.995
    case .int8: 0.95
    }
  }
}
