import CoreMLPackage
import Foundation
import TestSupport
import Testing

@Suite("Core ML packages")
struct MLPackageTests {
  /// A program of one addition, and its weights.
  private func write(_ name: String, in folder: TemporaryFolder) throws -> URL {
    let url = folder.url.appending(path: name)
    let weights = try WeightFile.Writer(MLPackage.Layout(url).weights)
    let numbers = (0..<32).map { Float($0) }
    _ = try [UInt8](repeating: 7, count: 3).withUnsafeBytes { try weights.append($0, as: .int8) }
    let offset = try numbers.withUnsafeBytes { try weights.append($0, as: .float32) }
    try weights.finish()
    var program = MLProgram()
    let type = MLProgram.TensorType(.float32, [nil, 32])
    program.inputs = [.init("x", type)]
    program.operations = [
      .init(
        "const",
        attributes: [
          "name": .text("w"), "val": .init(.init(.float32, [32]), .weights(offset: offset)),
        ], outputs: [.init("w", .init(.float32, [32]))]),
      .init(
        "add", inputs: ["x": ["x"], "y": ["w"]], attributes: ["name": .text("y")],
        outputs: [.init("y", type)]),
    ]
    program.outputs = ["y"]
    var package = MLPackage(summary: "An addition", program: program)
    package.inputs = [MLFeature("x", "数", .array(.float32, shapes: [[1, 32], [2, 32]]))]
    package.outputs = [MLFeature("y", "", .array(.float32, shapes: []))]
    package.metadata = ["model": "none"]
    try package.write(to: url)
    return url
  }

  @Test("what is written comes back, and the same model gives the same file")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let url = try write("a.mlpackage", in: folder)
    let package = try MLPackage(contentsOf: url)
    #expect(package.specificationVersion == 7 && package.summary == "An addition")
    #expect(package.metadata == ["model": "none"])
    #expect(package.inputs[0].kind == .array(.float32, shapes: [[1, 32], [2, 32]]))
    #expect(package.inputs[0].summary == "数")
    #expect(package.outputs[0].kind == .array(.float32, shapes: []))
    #expect(package.program.operations.map(\.type) == ["const", "add"])
    #expect(package.program.operations[1].inputs == ["x": ["x"], "y": ["w"]])
    #expect(package.program.inputs[0].type.shape == [nil, 32])
    let again = try write("b.mlpackage", in: folder)
    #expect(
      try Data(contentsOf: MLPackage.Layout(url).model)
        == Data(contentsOf: MLPackage.Layout(again).model))
  }

  @Test(
    "weights lie at multiples of 64 behind what describes them, and nothing else is taken for them")
  func weights() throws {
    let folder = try TemporaryFolder()
    let url = try write("a.mlpackage", in: folder)
    let file = try Data(contentsOf: MLPackage.Layout(url).weights)
    #expect(file.count == 64 + 64 + 64 + 64 + 128)
    let type = MLProgram.TensorType(.float32, [32])
    try file.withUnsafeBytes { bytes in
      let range = try WeightFile.range(in: bytes, at: 192, of: type)
      #expect(range == 256..<384)
      #expect(bytes.loadUnaligned(fromByteOffset: 256 + 4 * 31, as: Float.self) == 31)
      let wrong: [(UInt64, MLProgram.TensorType)] = [
        (200, type), (0, type), (128, type), (1 << 40, type), (UInt64.max, type), (64, type),
        (192, .init(.float16, [32])), (192, .init(.float32, [33])),
        (192, .init(.float32, [.max, .max])),
      ]
      for (offset, type) in wrong {
        #expect(throws: WeightFile.Problem.self, "\(offset) \(type)") {
          try WeightFile.range(in: bytes, at: offset, of: type)
        }
      }
    }
  }

  @Test("a damaged or foreign package is one sentence")
  func damage() throws {
    let folder = try TemporaryFolder()
    #expect(throws: MLPackageError.self) { try MLPackage(contentsOf: folder.url) }
    let url = try write("a.mlpackage", in: folder)
    let layout = MLPackage.Layout(url)
    let model = try Data(contentsOf: layout.model)
    try Data(model.prefix(40)).write(to: layout.model)
    #expect(throws: MLPackageError.self) { try MLPackage(contentsOf: url) }
    try Data().write(to: layout.model)
    #expect(throws: MLPackageError.self) { try MLPackage(contentsOf: url) }
    try Data("{}".utf8).write(to: layout.manifest)
    let error = #expect(throws: MLPackageError.self) { try MLPackage(contentsOf: url) }
    #expect("\(error as Any)".contains("Manifest.json names no root model"))
  }
}
