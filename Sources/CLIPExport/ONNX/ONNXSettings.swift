import ONNX

/// How a graph is written as ONNX.
struct ONNXSettings {
  /// The versions of the operators that can be written.
  static let opsets = 17...25

  var precision = ExportPrecision.float32
  var opset = 18
  /// The number of pictures or texts at once; nil: any.
  var batch: Int?
  /// Whether vectors get unit length.
  var normalizes = false
  /// The graph's name.
  var name = ""
  /// The input's name.
  var input = ""
  /// The output's name.
  var output = ""
}
