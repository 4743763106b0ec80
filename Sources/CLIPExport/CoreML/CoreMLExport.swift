public import CLIPModels
import CoreMLPackage
import Files
public import Foundation
import Torch
import TorchNN

/// Writes a model's encoders as Core ML packages, and compares them with the model before they get
/// their names.
///
/// ```swift
/// let report = try CoreMLExport().write(ModelFiles.open(source), to: folder)
/// ```
///
/// Inputs are `image`, `float32` `[batch, 3, size, size]`, or a picture, and `text`, `int32`
/// `[batch, context]`, padded; outputs are `image_features` and `text_features`, `float32`, or
/// `embedding` of unit length. For iOS 16, macOS 13 and later.
/// Source of names: `cn_clip/deploy/pytorch_to_coreml.py`.
public struct CoreMLExport: Sendable {
  /// `float32` or `float16`; what goes in and comes out is `float32` in both.
  public var precision: ExportPrecision
  /// Whether weights are stored in whole numbers of eight bits, with a scale for each output.
  public var quantizesWeights: Bool
  /// The numbers of pictures or texts at once that are allowed; the first is the usual one.
  public var batches: [Int]
  /// Whether the image encoder takes a picture, which the system scales and hands over, instead of
  /// normalised numbers; always one at a time.
  public var takesPictures: Bool
  /// Whether vectors get unit length.
  public var normalizes: Bool
  /// Whether only one of the encoders is written.
  public var only: ExportedEncoder?

  /// Names the choices that differ from the defaults.
  public init(
    precision: ExportPrecision = .float16, quantizesWeights: Bool = false,
    batches: [Int] = [1, 2, 4, 8, 16], takesPictures: Bool = false, normalizes: Bool = false,
    only: ExportedEncoder? = nil
  ) {
    self.precision = precision
    self.quantizesWeights = quantizesWeights
    self.batches = batches
    self.takesPictures = takesPictures
    self.normalizes = normalizes
    self.only = only
  }

  /// Writes `NAME.image.mlpackage` and `NAME.text.mlpackage`.
  ///
  /// - Parameters:
  ///   - model: the model's parts.
  ///   - folder: where to; packages of the same names are replaced, all of them at the end or none.
  ///   - name: the beginning of the packages' names; nil: the model's.
  /// - Returns: what was written, and how near it comes to the model.
  /// - Throws: ``ExportError``, also when a package computes something else; `ModelError` and
  ///   `ParameterError` for a model that cannot be used.
  public func write(
    _ model: ModelFiles, to folder: URL, name: String? = nil
  ) throws -> ExportReport {
    try check()
    try ExportError.requireVectors(model.configuration)
    try model.configuration.requireFit(of: model.checkpoint)
    let name = try ExportReport.fileName(name ?? model.configuration.name)
    var towers: [ExportReport.Tower] = []
    let files = try ExportError.writing(into: folder) { temporary in
      for kind in ExportedEncoder.allCases where only == nil || only == kind {
        let package = "\(name).\(kind.rawValue).mlpackage"
        let checks = try write(kind, of: model, to: temporary.appending(path: package))
        towers.append(
          ExportReport.Tower(
            encoder: kind, file: folder.appending(path: package), checks: checks))
      }
    }
    return ExportReport(towers: towers, files: files, tensorRT: nil)
  }

  private func check() throws {
    guard precision == .float32 || precision == .float16 else {
      throw ExportError.unsupported(
        "Core ML computes in fp32 or fp16, not in \(precision.rawValue); weights of eight bits are "
          + "a choice of their own")
    }
    guard !batches.isEmpty, batches.count <= 128, Set(batches).count == batches.count,
      batches.allSatisfy({ (1...1024).contains($0) })
    else {
      throw ExportError.unsupported(
        "the numbers of inputs at once must be different ones from 1 to 1024, not \(batches)")
    }
  }

  private func write(
    _ kind: ExportedEncoder, of model: ModelFiles, to folder: URL
  ) throws -> [ExportCheck] {
    let samples: TowerSamples
    let batches = takesPictures && kind == .image ? [1] : batches
    do {
      let tower = try ExportedTower(kind, of: model, takesPixels: false)
      let pixels =
        takesPictures && kind == .image ? try Self.pixels(model.configuration.preprocessing) : nil
      samples = try pixels.map { try tower.samples.unnormalized($0) } ?? tower.samples
      let layout = MLPackage.Layout(folder)
      let weights = try WeightFile.Writer(layout.weights)
      let settings = CoreMLSettings(
        dtype: precision.dtype, quantizes: quantizesWeights, batches: batches,
        normalizes: normalizes, input: kind.rawValue,
        output: normalizes ? "embedding" : "\(kind.rawValue)_features", pixels: pixels)
      let program = try MILEmitter.program(of: tower.graph, settings, weights: weights)
      try weights.finish()
      try package(program, kind, of: model, settings).write(to: folder)
    }
    // What was read of the model need not be in memory beside what is read of the package.
    model.source.releaseMemory(of: model.source.tensorNames)
    let checks = try samples.compare(withPackage: folder, batches: batches)
    let least = quantizesWeights ? ExportPrecision.int8.leastCosine : precision.leastCosine
    if let worst = checks.min(by: { $0.cosine < $1.cosine }), worst.cosine < least {
      throw ExportError.differs(
        file: folder.lastPathComponent,
        problem: "its features of '\(worst.sample)' have the cosine "
          + "\(String(format: "%.6f", worst.cosine)) to the model's, and it needs \(least)")
    }
    return checks
  }

  /// What turns pixels into what the encoder takes.
  private static func pixels(
    _ preprocessing: Preprocessing
  ) throws -> (scale: Tensor, shift: Tensor) {
    let (scale, shift) = try preprocessing.factors()
    return (try scale.reshaped(1, -1, 1, 1), try shift.reshaped(1, -1, 1, 1))
  }

  private func package(
    _ program: MLProgram, _ kind: ExportedEncoder, of model: ModelFiles, _ settings: CoreMLSettings
  ) -> MLPackage {
    let configuration = model.configuration
    var package = MLPackage(
      summary: "The \(kind.rawValue) encoder of \(configuration.name)", program: program)
    func shapes(_ type: MLProgram.TensorType) -> [[Int]] {
      settings.batches.map { batch in type.shape.map { $0 ?? batch } }
    }
    package.inputs = program.inputs.map { input in
      let size = configuration.image.imageSize
      let summary =
        kind == .text
        ? "Token ids, padded with 0" : "Pixels as the model's preprocessing leaves them"
      return settings.pixels == nil
        ? MLFeature(input.name, summary, .array(input.type.element, shapes: shapes(input.type)))
        : MLFeature(
          input.name, "A picture; its sides are made \(size) pixels",
          .image(width: size, height: size))
    }
    let output = MLProgram.TensorType(.float32, [nil, configuration.embeddingDimension])
    package.outputs = [
      MLFeature(
        settings.output, normalizes ? "A vector of unit length" : "A vector of any length",
        .array(.float32, shapes: settings.batch == nil ? [] : shapes(output)))
    ]
    package.metadata = [
      "model": configuration.name, "precision": precision.rawValue,
      "context_length": String(configuration.contextLength),
    ]
    return package
  }
}

extension TowerSamples {
  /// The same pictures as pixels from 0 to 255.
  fileprivate func unnormalized(_ pixels: (scale: Tensor, shift: Tensor)) throws -> TowerSamples {
    let input = try ((input - pixels.shift) / pixels.scale).rounded()
    return TowerSamples(names: names, input: input, expected: expected)
  }
}

extension CoreMLExport {
  /// Computes a package that is there on the built-in samples, and compares it with a model.
  ///
  /// - Parameters:
  ///   - folder: the package, of normalised numbers as input.
  ///   - kind: which encoder it is.
  ///   - model: what it is to compute.
  ///   - batches: how many inputs it takes at once.
  /// - Returns: a comparison for each sample.
  /// - Throws: ``ExportError/differs(file:problem:)`` for a package that does not fit together.
  package static func compare(
    _ folder: URL, as kind: ExportedEncoder, with model: ModelFiles, batches: [Int]
  ) throws -> [ExportCheck] {
    try ExportedTower(kind, of: model, takesPixels: false).samples
      .compare(withPackage: folder, batches: batches)
  }
}
