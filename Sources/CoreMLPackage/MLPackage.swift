package import Foundation

/// A Core ML package: an ML Program with a description of what goes in and comes out.
///
/// ```swift
/// let package = try MLPackage(contentsOf: URL(filePath: "ViT-B-16.image.mlpackage"))
/// print(package.inputs.map(\.name), package.program.operations.count)
/// ```
///
/// `NAME.mlpackage` is a folder: `Manifest.json`, `Data/com.apple.CoreML/model.mlmodel`, and the
/// weights in `Data/com.apple.CoreML/weights/weight.bin`.
/// Source: mlmodel/format and modelpackage of apple/coremltools.
public struct MLPackage: Sendable {
  /// 7 for iOS 16 and macOS 13.
  public var specificationVersion: Int
  /// What it takes.
  public var inputs: [MLFeature]
  /// What it gives.
  public var outputs: [MLFeature]
  /// One sentence for people.
  public var summary: String
  /// Facts for people and programs.
  public var metadata: [String: String]
  /// The computation.
  public var program: MLProgram

  /// An empty package.
  public init(specificationVersion: Int = 7, summary: String = "", program: MLProgram) {
    self.specificationVersion = specificationVersion
    self.summary = summary
    self.program = program
    inputs = []
    outputs = []
    metadata = [:]
  }

  /// How a program names the file of weights.
  static let weightName = "@model_path/weights/weight.bin"

  /// The files of a package.
  package struct Layout {
    /// Its folder.
    package let root: URL

    /// Names the package's folder.
    package init(_ root: URL) { self.root = root }

    /// What lists the other files.
    package var manifest: URL { root.appending(path: "Manifest.json") }
    /// The program and its description.
    package var model: URL { root.appending(path: "Data/\(Self.modelPath)") }
    /// The weights.
    package var weights: URL { root.appending(path: "Data/\(Self.weightsPath)/weight.bin") }

    static let modelPath = "com.apple.CoreML/model.mlmodel"
    static let weightsPath = "com.apple.CoreML/weights"
  }
}
