import Files
public import Foundation

extension Checkpoint {
  /// Writes a safetensors file, one tensor in memory at a time.
  ///
  /// The file appears under its name only when it is complete; an existing one is replaced then.
  /// - Throws: ``CheckpointError/cannotWrite(path:reason:)``.
  public func writeSafetensors(to url: URL) throws {
    try CheckpointError.wrapping { try SafetensorsWriter(checkpoint: self).write(to: url) }
  }

  /// Writes a PyTorch `.pt` file, one tensor in memory at a time.
  ///
  /// `torch.load(weights_only=True)` reads it. The file appears under its name only when it is
  /// complete; an existing one is replaced then.
  /// - Throws: ``CheckpointError/cannotWrite(path:reason:)``.
  public func writePyTorch(to url: URL, layout: PyTorchLayout = .chineseCLIP) throws {
    try CheckpointError.wrapping {
      try PyTorchWriter(checkpoint: self, layout: layout).write(to: url)
    }
  }

  /// Writes a `.pt` whose sizes and offsets take the 64-bit form from a threshold on, so that a test
  /// needs no file of four gigabytes.
  package func writePyTorch(to url: URL, largeFrom threshold: Int) throws {
    try CheckpointError.wrapping {
      try PyTorchWriter(checkpoint: self, layout: .chineseCLIP, threshold: threshold).write(to: url)
    }
  }
}
