import CoreMLPackage
import Torch

/// What is wanted of a Core ML package.
struct CoreMLSettings {
  /// `float32` or `float16`: the type of layers.
  let dtype: DType
  /// Whether weights of products are stored in eight bits.
  let quantizes: Bool
  /// Numbers of inputs at once; the first is the usual one.
  let batches: [Int]
  /// Whether vectors get unit length.
  let normalizes: Bool
  /// Names of what goes in and comes out.
  let input: String
  let output: String
  /// What pixels from 0 to 255 are multiplied by and what is added then, `[1, channels, 1, 1]`; the
  /// input is a picture then.
  let pixels: (scale: Tensor, shift: Tensor)?

  /// The number of inputs where there is only one choice.
  var batch: Int? { batches.count == 1 ? batches[0] : nil }
}

extension MLProgram.Element {
  /// LibTorch's type by Core ML's name; whole numbers have 32 bits there.
  init(_ dtype: DType) throws {
    switch dtype {
    case .bool: self = .bool
    case .float16: self = .float16
    case .float32: self = .float32
    case .int8: self = .int8
    case .uint8: self = .uint8
    case .int32, .int64: self = .int32
    case .int16, .bfloat16, .float64:
      throw ExportError.unsupported("Core ML has no elements of type \(dtype.rawValue)")
    }
  }

  /// The type that LibTorch calls by another name.
  var dtype: DType? {
    switch self {
    case .bool: .bool
    case .float16: .float16
    case .float32: .float32
    case .int8: .int8
    case .uint8: .uint8
    case .int32: .int32
    case .string: nil
    }
  }
}
