import Checkpoints
import TestSupport
import Testing

@Suite("Tensors")
struct CheckpointTensorTests {
  @Test(
    "views into a shared storage are laid out contiguously",
    arguments: ["views.pt", "views-protocol4.pt", "views-legacy.pt"])
  func views(name: String) throws {
    let checkpoint = try Checkpoint.open(checkpointFixture(name))
    #expect(try checkpoint.values("base") == (0..<12).map { Float($0) })
    #expect(checkpoint["transposed"]?.shape == [4, 3])
    #expect(try checkpoint.values("transposed") == [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11])
    #expect(try checkpoint.values("column") == [1, 5, 9])
    #expect(try checkpoint.values("rows") == [4, 5, 6, 7, 8, 9, 10, 11])
    #expect(try checkpoint.values("repeated") == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3])
    #expect(checkpoint["scalar"]?.shape == [])
    #expect(try checkpoint.values("scalar") == [2.5])
    #expect(checkpoint["empty"]?.shape == [0, 3])
    #expect(try checkpoint.values("empty") == [])
    #expect(try checkpoint.values("parameter") == [0, 1, 2, 3])
    #expect(checkpoint["cube"]?.shape == [4, 2, 3])
    #expect(try checkpoint.values("cube").prefix(7) == [0, 4, 8, 12, 16, 20, 1])
  }

  @Test("every element type is read", arguments: ElementType.allCases)
  func elementTypes(type: ElementType) throws {
    let checkpoint = try Checkpoint.open(checkpointFixture("views.pt"))
    let name = type == .float32 ? "scalar" : type.rawValue
    #expect(checkpoint[name]?.elementType == type)
    let expected: [Float] = type == .float32 ? [2.5] : type == .bool ? [1, 0] : [0, 1, 100]
    #expect(try checkpoint.values(name) == expected)
  }

  @Test("bytes that do not fill the shape are refused, also when they are produced later")
  func wrongBytes() throws {
    #expect(throws: CheckpointError.self) {
      try CheckpointTensor(.float32, shape: [2], bytes: [0, 0, 0, 0])
    }
    #expect(throws: CheckpointError.self) {
      try CheckpointTensor(.float32, shape: [.max, 2, 0], bytes: [])
    }
    #expect(throws: CheckpointError.self) {
      try CheckpointTensor(.float32, shape: [-1], bytes: [])
    }
    let late = try CheckpointTensor(.float32, shape: [2]) { [0] }
    #expect(throws: CheckpointError.self) { try late.withUnsafeBytes { $0.count } }
  }

  @Test("conversion between precisions rounds to nearest even and refuses to overflow")
  func conversion() throws {
    func tensor(_ values: [Float]) throws -> CheckpointTensor {
      try CheckpointTensor(
        .float32, shape: [values.count],
        bytes: values.flatMap { value in withUnsafeBytes(of: value.bitPattern) { Array($0) } })
    }
    // 2049 and 2051 lie halfway between two halves; the even neighbours are 2048 and 2052.
    let half = try tensor([1, 2049, 2051, -.infinity]).converted(to: .float16, name: "x")
    #expect(half.elementType == .float16)
    #expect(try half.floats() == [1, 2048, 2052, -.infinity])
    #expect(try half.converted(to: .float32, name: "x").floats() == [1, 2048, 2052, -.infinity])
    let large = try tensor([70_000]).converted(to: .float16, name: "x")
    #expect(
      message { _ = try large.floats() }
        == "x: the value 70000.0 does not fit float16; convert without changing the precision.")
  }
}
