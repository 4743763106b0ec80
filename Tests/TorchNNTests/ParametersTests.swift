import TestSupport
import Testing
import Torch
import TorchNN

@Suite(.drawsRandomNumbers) struct ParametersTests {
  struct Dictionary: TensorSource {
    let tensors: [String: Tensor]
    var sourceName: String { "test.pt" }
    var tensorNames: [String] { tensors.keys.sorted() }
    func tensor(named name: String) -> Tensor? { tensors[name] }
  }

  @Test("a missing tensor is an error that names it and the file")
  func missing() {
    let parameters = Parameters(from: Dictionary(tensors: [:]))
    #expect(throws: ParameterError.missing(name: "a.b.weight", source: "test.pt")) {
      try Linear(2, 3, in: parameters.root / "a" / "b")
    }
  }

  @Test("what no layer asked for is listed")
  func unused() throws {
    let parameters = Parameters(
      from: Dictionary(tensors: [
        "weight": try .zeros([3, 2]), "bias": try .zeros([3]), "extra": try .zeros([1]),
      ]))
    _ = try Linear(2, 3, in: parameters.root)
    #expect(parameters.unusedNames == ["extra"])
    #expect(throws: ParameterError.unused(names: ["extra"], source: "test.pt")) {
      try parameters.requireAllUsed()
    }
  }

  @Test("a name is given out once")
  func takenTwice() throws {
    let parameters = Parameters(from: nil)
    _ = try Linear(2, 3, in: parameters.root)
    #expect(throws: ParameterError.takenTwice(name: "weight")) {
      try Linear(2, 3, in: parameters.root)
    }
  }

  @Test("buffers are not counted among what is learned")
  func buffers() throws {
    let parameters = Parameters(from: nil)
    _ = try BatchNorm2D(4, in: parameters.root)
    #expect(parameters.count == 8)
    #expect(parameters.entries.count == 5)
  }

  @Test("a counter that the source lacks is zero, and not among what starts at random")
  func missingCounter() throws {
    var tensors: [String: Tensor] = [:]
    for name in ["weight", "bias", "running_mean", "running_var"] { tensors[name] = try .ones([4]) }
    for missing in [Parameters.MissingPolicy.fail, .initialize] {
      let parameters = Parameters(from: Dictionary(tensors: tensors), missing: missing)
      _ = try BatchNorm2D(4, in: parameters.root)
      #expect(parameters.initializedNames.isEmpty)
    }
  }

  @Test("an outline counts without memory")
  func outline() throws {
    let parameters = Parameters(from: nil, missing: .outline)
    _ = try Linear(100_000, 100_000, in: parameters.root)
    #expect(parameters.count == 10_000_100_000)
  }
}
