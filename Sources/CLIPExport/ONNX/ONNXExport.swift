import CLIPImages
public import CLIPModels
import Files
public import Foundation
import ONNX
import ONNXTorch
import Torch
import TorchNN

/// Writes a model's encoders as ONNX files, and compares them with the model before they get their
/// names.
///
/// ```swift
/// let report = try ONNXExport(precision: .float16).write(ModelFiles.open(source), to: folder)
/// ```
///
/// Inputs are `image`, `float32` `[batch, 3, size, size]`, and `text`, `int32` `[batch, context]`,
/// padded; outputs are `unnorm_image_features` and `unnorm_text_features`, or `embedding` of unit
/// length: the names of `cn_clip/deploy`.
public struct ONNXExport: Sendable {
  /// How exactly the exported model computes.
  public var precision: ExportPrecision
  /// The version of ONNX's operators.
  public var opset: Int
  /// The number of pictures or texts at once; nil: any.
  public var batch: Int?
  /// Whether vectors get unit length.
  public var normalizes: Bool
  /// Whether `image` is `uint8` `[batch, size, size, 3]`, red, green and blue from 0 to 255.
  public var takesPixels: Bool
  /// Whether only one of the encoders is written.
  public var only: ExportedEncoder?
  /// Names and folders; Immich's wants unit length, and gets it.
  public var layout: ExportLayout
  /// Whether what builds and judges TensorRT's engines is written beside the files.
  public var forTensorRT: Bool
  /// The version of the program that exports, for whoever reads the file.
  public var producerVersion = ""

  /// The versions of the operators that can be written.
  public static let opsets = ONNXSettings.opsets

  /// Names the choices that differ from the defaults.
  public init(
    precision: ExportPrecision = .float32, opset: Int = 18, batch: Int? = nil,
    normalizes: Bool = false, takesPixels: Bool = false, only: ExportedEncoder? = nil,
    layout: ExportLayout = .original, forTensorRT: Bool = false
  ) {
    self.precision = precision
    self.opset = opset
    self.batch = batch
    self.normalizes = normalizes || layout == .immich
    self.takesPixels = takesPixels
    self.only = only
    self.layout = layout
    self.forTensorRT = forTensorRT
  }

  /// Writes the layout's files, `NAME.img.PRECISION.onnx` and `NAME.txt.PRECISION.onnx` by default, with
  /// weights of more than 1 GiB beside them in a file of that name and `.data`.
  ///
  /// - Parameters:
  ///   - model: the model's parts.
  ///   - folder: where to; files of the same names are replaced, all of them at the end or none.
  ///   - name: the beginning of the files' names; nil: the model's, or one that the layout knows.
  /// - Returns: what was written, and how near it comes to the model.
  /// - Throws: ``ExportError``, also when a file computes something else; `ModelError` and
  ///   `ParameterError` for a model that cannot be used.
  public func write(
    _ model: ModelFiles, to folder: URL, name: String? = nil
  ) throws -> ExportReport {
    try check(model)
    let name = try ExportReport.fileName(name ?? defaultName(of: model))
    let encoders = ExportedEncoder.allCases.filter { only == nil || only == $0 }
    var towers: [ExportReport.Tower] = []
    var engines: [TensorRTFiles.Engine] = []
    let files = try ExportError.writing(into: folder) { temporary in
      var samples: [ExportedEncoder: TowerSamples] = [:]
      for encoder in encoders {
        let path = layout.path(encoder, name, precision)
        let (checks, tried) = try write(
          encoder, of: model, to: try Self.place(path, in: temporary))
        towers.append(
          ExportReport.Tower(
            encoder: encoder, file: folder.appending(path: path), checks: checks))
        samples[encoder] = tried
        engines.append(
          .init(encoder: encoder, file: path, sizes: Array(tried.input.shape.dropFirst())))
      }
      let companions = LayoutFiles(layout: layout, model: model, name: name)
      for (path, data) in try companions.files(for: encoders, features: output) {
        try data.write(to: Self.place(path, in: temporary))
      }
      if forTensorRT {
        try TensorRTFiles(engines: engines, batch: batch).write(
          to: temporary.appending(path: "\(name).\(precision.rawValue).tensorrt"), samples: samples)
      }
    }
    return ExportReport(
      towers: towers, files: files,
      tensorRT: forTensorRT ? TensorRTFiles(engines: engines, batch: batch) : nil)
  }

  /// The name in the layout's own words.
  private func defaultName(of model: ModelFiles) throws -> String {
    layout == .immich
      ? try LayoutFiles.immichName(of: model.configuration) : model.configuration.name
  }

  /// A place in the hidden folder, its folder made.
  private static func place(_ path: String, in folder: URL) throws -> URL {
    let url = folder.appending(path: path)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    return url
  }

  /// The name of an encoder's output.
  private func output(_ encoder: ExportedEncoder) -> String {
    normalizes ? "embedding" : encoder.features
  }

  private func check(_ model: ModelFiles) throws {
    guard Self.opsets.contains(opset) else {
      throw ExportError.unsupported(
        "operators of version \(opset) cannot be written; choose from \(Self.opsets.lowerBound) to "
          + "\(Self.opsets.upperBound)")
    }
    if let batch, !(1...65_536).contains(batch) {
      throw ExportError.unsupported("a batch of \(batch) cannot be written; choose from 1 to 65536")
    }
    if layout == .triton || layout == .immich {
      guard batch == nil, !takesPixels else {
        throw ExportError.unsupported(
          "the layout \(layout.rawValue) is for any batch of normalised pictures")
      }
    }
    guard layout == .original || layout == .mtPhotos || !forTensorRT else {
      throw ExportError.unsupported("TensorRT's script goes with the layout original or mt-photos")
    }
    try ExportError.requireVectors(model.configuration)
    try model.configuration.requireFit(of: model.checkpoint)
  }

  private func write(
    _ kind: ExportedEncoder, of model: ModelFiles, to file: URL
  ) throws -> ([ExportCheck], TowerSamples) {
    let samples: TowerSamples
    do {
      let tower = try ExportedTower(kind, of: model, takesPixels: takesPixels)
      samples = tower.samples
      var onnx = try ONNXEmitter.model(of: tower.graph, settings(kind, of: model))
      onnx.producerVersion = producerVersion
      onnx.metadata = facts(of: model)
      try onnx.write(to: file)
    }
    // What was read of the model need not be in memory beside what is read of the file.
    model.source.releaseMemory(of: model.source.tensorNames)
    let checks = try samples.compare(with: file, input: kind.rawValue, batch: batch)
    if let worst = checks.min(by: { $0.cosine < $1.cosine }), worst.cosine < precision.leastCosine {
      throw ExportError.differs(
        file: file.lastPathComponent,
        problem: "its features of '\(worst.sample)' have the cosine "
          + "\(String(format: "%.6f", worst.cosine)) to the model's, and \(precision.rawValue) "
          + "needs \(precision.leastCosine)"
          + (precision == .float32 ? "" : "; fp32 keeps them"))
    }
    return (checks, samples)
  }

  private func settings(_ kind: ExportedEncoder, of model: ModelFiles) -> ONNXSettings {
    ONNXSettings(
      precision: precision, opset: opset, batch: batch, normalizes: normalizes,
      name: "\(model.configuration.name) \(kind.rawValue)", input: kind.rawValue,
      output: output(kind))
  }

  /// What whoever feeds the file has to know.
  private func facts(of model: ModelFiles) -> [String: String] {
    let configuration = model.configuration
    func list(_ numbers: [Double]) -> String {
      numbers.map { String($0) }.joined(separator: ", ")
    }
    return [
      "model": configuration.name, "precision": precision.rawValue,
      "image_size": String(configuration.image.imageSize),
      "image_fit": configuration.preprocessing.fit.word,
      "image_filter": configuration.preprocessing.filter.rawValue,
      "image_mean": list(configuration.preprocessing.mean),
      "image_std": list(configuration.preprocessing.standardDeviation),
      "context_length": String(configuration.contextLength),
    ]
  }
}

extension PictureFit {
  /// How a picture becomes a square, for whoever prepares pictures elsewhere.
  fileprivate var word: String {
    switch self {
    case .squash: "squash"
    case .centerCrop(let side, _): "shorter side to \(side), then the middle"
    case .padToSquare(let brightness): "padded to a square with \(brightness)"
    }
  }
}
