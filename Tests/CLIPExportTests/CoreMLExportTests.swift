import CLIPExport
import CLIPModels
import CoreMLPackage
import Foundation
import TestSupport
import Testing

/// The export compares itself with the encoders; what is tested here is that it does so, that what
/// does not fit is found, and what is in the packages.
@Suite("Exporting to Core ML")
struct CoreMLExportTests {
  @Test(
    "every image tower is exported for several batches, in both precisions",
    arguments: ONNXExportTests.images.keys.sorted(), [ExportPrecision.float16, .float32])
  func towers(image: String, precision: ExportPrecision) throws {
    let folder = try TemporaryFolder()
    let export = CoreMLExport(precision: precision, batches: [2, 1, 4])
    let report = try export.write(ONNXExportTests.model(image), to: folder.url)
    let cosines = report.towers.flatMap(\.checks).map(\.cosine)
    #expect(cosines.count == 10 && cosines.allSatisfy { $0 >= precision.leastCosine }, "\(cosines)")
    let package = try MLPackage(
      contentsOf: folder.url.appending(path: "\(image).image.mlpackage"))
    #expect(package.inputs.map(\.name) == ["image"])
    #expect(package.outputs.map(\.name) == ["image_features"])
    guard case .array(.float32, let shapes) = package.inputs[0].kind else {
      Issue.record("the input is \(package.inputs[0].kind)")
      return
    }
    #expect(shapes.map { $0[0] } == [2, 1, 4])
    let text = try MLPackage(contentsOf: folder.url.appending(path: "\(image).text.mlpackage"))
    #expect(text.inputs[0].kind == .array(.int32, shapes: [[2, 13], [1, 13], [4, 13]]))
  }

  @Test(
    "every pooling and head is exported for one input at a time",
    arguments: ONNXExportTests.outputs.keys.sorted())
  func poolings(output: String) throws {
    let folder = try TemporaryFolder()
    let model = try ONNXExportTests.model(
      "transformer", imageOutput: output == "last" ? "standard" : output,
      textOutput: output == "map" ? "standard" : output)
    let report = try CoreMLExport(precision: .float32, batches: [1], normalizes: true)
      .write(model, to: folder.url, name: "small")
    #expect(report.towers.flatMap(\.checks).allSatisfy { $0.cosine > 0.99999 })
    let package = try MLPackage(contentsOf: folder.url.appending(path: "small.text.mlpackage"))
    #expect(
      package.outputs == [
        MLFeature("embedding", "A vector of unit length", .array(.float32, shapes: [[1, 19]]))
      ])
  }

  @Test("a picture may be the input; weights of eight bits take less space")
  func choices() throws {
    let folder = try TemporaryFolder()
    let model = try ONNXExportTests.model("resnet")
    let pictures = try CoreMLExport(takesPictures: true, only: .image)
      .write(model, to: folder.url, name: "pictures")
    #expect(pictures.towers[0].checks.allSatisfy { $0.cosine > 0.9999 })
    let package = try MLPackage(
      contentsOf: folder.url.appending(path: "pictures.image.mlpackage"))
    #expect(package.inputs[0].kind == .image(width: 64, height: 64))
    _ = try CoreMLExport(quantizesWeights: true, only: .image)
      .write(model, to: folder.url, name: "small")
    func size(_ name: String) throws -> Int {
      let layout = MLPackage.Layout(folder.url.appending(path: "\(name).image.mlpackage"))
      return try Data(contentsOf: layout.weights).count
    }
    #expect(try size("small") < size("pictures"))
  }

  @Test("what does not fit together in a package is found", arguments: Fault.allCases)
  func faults(fault: Fault) throws {
    let folder = try TemporaryFolder()
    let model = try ONNXExportTests.model("transformer")
    _ = try CoreMLExport(batches: [1], only: .image).write(model, to: folder.url, name: "a")
    let url = folder.url.appending(path: "a.image.mlpackage")
    var package = try MLPackage(contentsOf: url)
    let operations = package.program.operations
    func place(_ type: String) throws -> Int {
      try #require(operations.lastIndex { $0.type == type })
    }
    switch fault {
    case .name: package.program.operations[try place("linear")].inputs["x"] = ["nothing"]
    case .shape:
      package.program.operations[try place("layer_norm")].outputs[0].type.shape[1] = 47
    case .type:
      package.program.operations[try place("layer_norm")].outputs[0].type.element = .float32
    case .operation: package.program.operations[try place("gelu")].type = "quickgelu"
    case .offset:
      let index = try #require(
        operations.firstIndex {
          if case .weights? = $0.attributes["val"]?.content { true } else { false }
        })
      guard case .weights(let offset)? = operations[index].attributes["val"]?.content else {
        return
      }
      package.program.operations[index].attributes["val"]?.content = .weights(offset: offset + 8)
    case .description: package.outputs[0].name = "features"
    case .epsilon:
      // Nothing is wrong with the program: it only computes something else.
      let epsilon = try #require(operations[try place("layer_norm")].inputs["epsilon"]?.first)
      let index = try #require(operations.firstIndex { $0.outputs[0].name == epsilon })
      package.program.operations[index].attributes["val"]?.content = .bytes([0, 0x48])
    }
    try package.write(to: url)
    do {
      let checks = try CoreMLExport.compare(url, as: .image, with: model, batches: [1])
      #expect(fault == .epsilon && checks.contains { $0.cosine < 0.9999 }, "\(checks)")
    } catch {
      #expect(fault != .epsilon)
      #expect(error is ExportError, "\(error)")
    }
  }

  enum Fault: String, CaseIterable, Sendable {
    case name, shape, type, operation, offset, description, epsilon
  }

  @Test("numbers of inputs that cannot be are refused, and nothing is left")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let model = try ONNXExportTests.model("transformer")
    for batches in [[], [0], [1, 1], [100_000]] {
      #expect(throws: ExportError.self) {
        try CoreMLExport(batches: batches).write(model, to: folder.url)
      }
    }
    #expect(throws: ExportError.self) {
      try CoreMLExport(precision: .bfloat16).write(model, to: folder.url)
    }
    #expect(folder.content.isEmpty)
  }
}
