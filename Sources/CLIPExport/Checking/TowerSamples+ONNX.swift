import Foundation
import ONNX
import ONNXTorch
import Torch

extension TowerSamples {
  /// Runs a written file on the samples and compares; where it takes any batch, on one sample alone
  /// as well.
  ///
  /// - Parameters:
  ///   - file: the file.
  ///   - name: its input's.
  ///   - batch: how many it takes at once; nil: any number.
  /// - Returns: a comparison for each sample.
  /// - Throws: ``ExportError/differs(file:problem:)`` when it cannot be run.
  func compare(with file: URL, input name: String, batch: Int?) throws -> [ExportCheck] {
    do {
      let session = try ONNXSession(ONNXModel(contentsOf: file))
      func run(_ input: Tensor) throws -> Tensor {
        guard let features = try session.run([name: input]).first?.value else {
          throw ExportError.unsupported("it has no output")
        }
        return features
      }
      guard let batch else {
        let all = try ExportCheck.compare(names, expected: expected, found: run(input))
        let first = try ExportCheck.compare(
          [names[0]], expected: expected.sliced(0..<1), found: run(input.sliced(0..<1)))
        return zip([first[0]] + all.dropFirst(), all).map { $0.cosine < $1.cosine ? $0 : $1 }
      }
      let rows = names.count
      let parts = try stride(from: 0, to: rows, by: batch).map { start in
        // The last batch is filled up with the first samples.
        let rows = (start..<start + batch).map { Int64($0 % rows) }
        return try run(input.gathered(rows: Tensor(rows, shape: [batch])))
      }
      return try ExportCheck.compare(
        names, expected: expected, found: .concatenated(parts).sliced(0..<rows))
    } catch {
      throw ExportError.differs(file: file.lastPathComponent, problem: "\(error)")
    }
  }
}
