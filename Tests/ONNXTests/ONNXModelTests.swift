import Foundation
import ONNX
import TestSupport
import Testing

@Suite("ONNX files")
struct ONNXModelTests {
  /// `y = x · w + b`, with a large and a small tensor.
  static func model() throws -> ONNXModel {
    var model = ONNXModel(name: "line", opset: 18)
    let weight = (0..<2048).map { Float($0) / 2048 }
    model.initializers = [
      try ONNXTensor(
        name: "w", elementType: .float32, shape: [2, 1024],
        data: weight.withUnsafeBytes { Data($0) }),
      try ONNXTensor(
        name: "b", elementType: .float32, shape: [], data: Float(3).bytes),
    ]
    model.inputs = [
      ONNXValue(name: "x", elementType: .float32, shape: [.named("batch"), .fixed(2)])
    ]
    model.outputs = [
      ONNXValue(name: "y", elementType: .float32, shape: [.named("batch"), .fixed(1024)])
    ]
    model.nodes = [
      ONNXNode("MatMul", inputs: ["x", "w"], outputs: ["xw"]),
      ONNXNode(
        "Add", name: "sum", inputs: ["xw", "b"], outputs: ["y"],
        attributes: [
          "whole": .integer(-7), "list": .integers([1, -1]), "number": .number(0.5),
          "text": .text("a"), "tensor": .tensor(try ONNXTensor([5, 6])),
        ]),
    ]
    model.metadata = ["model": "line"]
    return model
  }

  static func bytes(_ tensor: ONNXTensor) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try tensor.withBytes { bytes = Array($0) }
    return bytes
  }

  @Test(
    "what is written is read again, weights inside and beside",
    arguments: [ONNXModel.WeightPlacement.automatic, .beside])
  func roundTrip(weights: ONNXModel.WeightPlacement) throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "line.onnx")
    let model = try Self.model()
    try model.write(to: file, weights: weights)
    #expect(
      folder.content.sorted()
        == (weights == .beside ? ["line.onnx", "line.onnx.data"] : ["line.onnx"]))
    let read = try ONNXModel(contentsOf: file)
    #expect(read.opset == 18 && read.irVersion == 8 && read.name == "line")
    #expect(read.inputs == model.inputs && read.outputs == model.outputs)
    #expect(read.metadata == model.metadata)
    #expect(read.nodes.map(\.operation) == ["MatMul", "Add"])
    #expect(read.initializers.map(\.name) == ["w", "b"])
    for (found, expected) in zip(read.initializers, model.initializers) {
      #expect(found.shape == expected.shape && found.elementType == expected.elementType)
      #expect(try Self.bytes(found) == Self.bytes(expected))
    }
    let attributes = read.nodes[1].attributes
    guard case .integer(-7) = attributes["whole"], case .integers([1, -1]) = attributes["list"],
      case .number(0.5) = attributes["number"], case .text("a") = attributes["text"],
      case .tensor(let tensor) = attributes["tensor"]
    else {
      Issue.record("attributes changed: \(attributes)")
      return
    }
    #expect(try Self.bytes(tensor) == [5, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test("a file that is cut off anywhere is refused and not half read")
  func cutOff() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "line.onnx")
    try Self.model().write(to: file)
    let whole = try Data(contentsOf: file)
    for length in stride(from: 1, to: whole.count, by: 37) {
      let cut = try folder.write(whole.prefix(length), to: "cut.onnx")
      #expect(throws: ONNXError.self, "\(length) bytes") { _ = try ONNXModel(contentsOf: cut) }
    }
  }

  @Test("a byte changed anywhere gives a sentence or a model, and never a trap")
  func damaged() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "line.onnx")
    try Self.model().write(to: file, weights: .beside)
    let whole = try Data(contentsOf: file)
    for place in whole.indices {
      var damaged = whole
      damaged[place] ^= 0xFF
      let url = try folder.write(damaged, to: "damaged.onnx")
      do {
        for tensor in try ONNXModel(contentsOf: url).initializers { _ = try Self.bytes(tensor) }
      } catch is ONNXError {}
    }
  }

  @Test(
    "weights are read from files beside the model alone, and from inside those",
    arguments: [
      ("../line.onnx.data", "0", "8192", "which is no file beside it"),
      ("/etc/passwd", "0", "8192", "which is no file beside it"),
      ("line.onnx.data", "8192000", "8192", "beyond the end"),
      ("line.onnx.data", "0", "819200", "beyond the end"),
      ("line.onnx.data", "-1", "8192", "beyond the end"),
      ("line.onnx.data", "0", "4", "do not make a tensor"),
      ("nowhere.data", "0", "8192", "Cannot read"),
    ])
  func placesOfWeights(location: String, offset: String, length: String, problem: String) throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "line.onnx")
    try Self.model().write(to: file, weights: .beside)
    let before = Self.place("line.onnx.data", "0", "8192")
    let after = Self.place(location, offset, length)
    var data = try Data(contentsOf: file)
    let place = try #require(data.range(of: before))
    data.replaceSubrange(place, with: after)
    // The tensor around it and the graph around that are longer or shorter now.
    let change = after.count - before.count
    let tensor = try #require(data[..<place.lowerBound].lastIndex(of: 0x2A))
    let graph = try #require(data.range(of: Data("\u{12}\u{04}line".utf8))).upperBound
    for tag in [tensor, graph] {
      #expect(data[tag] == (tag == tensor ? 0x2A : 0x3A))
      var value = 0
      var end = tag + 1
      repeat {
        value |= Int(data[end] & 0x7F) << (7 * (end - tag - 1))
        end += 1
      } while data[end - 1] & 0x80 != 0
      let bytes = Self.varint(value + change)
      // Both lengths keep their size here, or the outer one would change once more.
      #expect(bytes.count == end - tag - 1)
      data.replaceSubrange(tag + 1..<end, with: bytes)
    }
    let forged = try folder.write(data, to: "forged.onnx")
    #expect(message { _ = try ONNXModel(contentsOf: forged) }.contains(problem))
  }

  /// The entries that say where a tensor's elements are, as they are written.
  private static func place(_ location: String, _ offset: String, _ length: String) -> Data {
    func field(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
      [tag] + varint(content.count) + content
    }
    let entries = [("location", location), ("offset", offset), ("length", length)]
    return Data(
      entries.flatMap { key, value in
        field(0x6A, field(0x0A, Array(key.utf8)) + field(0x12, Array(value.utf8)))
      })
  }

  private static func varint(_ value: Int) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    repeat {
      bytes.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
      rest >>= 7
    } while rest > 0
    return bytes
  }

  @Test("what is no ONNX file is called that")
  func strangers() throws {
    let folder = try TemporaryFolder()
    for content in ["", "hello", "{\"a\": 1}", String(repeating: "\u{0}", count: 100)] {
      let url = try folder.write(content, to: "stranger.onnx")
      #expect(message { _ = try ONNXModel(contentsOf: url) }.contains("no ONNX file"))
    }
  }
}

extension Float {
  fileprivate var bytes: Data { withUnsafeBytes(of: self) { Data($0) } }
}
