/// Names and folders that a program expects.
public enum ExportLayout: String, CaseIterable, Sendable {
  /// `NAME.img.PRECISION.onnx` and `NAME.txt.PRECISION.onnx`, as `cn_clip/deploy` writes.
  case original
  /// A folder of Immich's cache of models, `NAME/visual` and `NAME/textual`.
  case immich
  /// The original's names in lower case, as MT-Photos has them.
  case mtPhotos = "mt-photos"
  /// Two folders of a Triton model repository, `NAME_image` and `NAME_text`.
  case triton

  /// Where an encoder's file goes, below the output folder.
  func path(_ encoder: ExportedEncoder, _ name: String, _ precision: ExportPrecision) -> String {
    switch self {
    case .original: "\(name).\(encoder.suffix).\(precision.rawValue).onnx"
    case .mtPhotos: "\(name.lowercased()).\(encoder.suffix).\(precision.rawValue).onnx"
    case .immich: "\(name)/\(encoder == .image ? "visual" : "textual")/model.onnx"
    case .triton: "\(name)_\(encoder.rawValue)/1/model.onnx"
    }
  }
}
