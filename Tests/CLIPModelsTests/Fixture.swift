import CLIPModels
import Checkpoints
import Foundation
import Testing
import Torch

/// A file of `Scripts/fixtures/towers.py`: a model's weights, and inputs and outputs as `golden.…`.
struct Fixture {
  let source: CheckpointSource

  init(_ name: String) throws {
    let url = Bundle.module.bundleURL.appending(path: "Fixtures/\(name).safetensors")
    source = CheckpointSource(try Checkpoint.open(url))
  }

  func golden(_ name: String) throws -> Tensor {
    try #require(try source.tensor(named: "golden.\(name)"))
  }
}

/// Fails unless two tensors have one shape and differ nowhere by more than the tolerance.
func expectClose(
  _ found: Tensor, _ expected: Tensor, tolerance: Double = 1e-5,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  #expect(found.shape == expected.shape, sourceLocation: sourceLocation)
  let difference = try (found - expected).absolute().max().item()
  #expect(difference <= tolerance, sourceLocation: sourceLocation)
}
