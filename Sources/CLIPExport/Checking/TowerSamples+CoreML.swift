import CoreMLPackage
import Foundation
import Torch

extension TowerSamples {
  /// Runs a written package on the samples and compares.
  ///
  /// - Parameters:
  ///   - folder: the package.
  ///   - batches: how many inputs it takes at once; the first and the largest up to 4 are tried.
  /// - Returns: a comparison for each sample, the worse one of both.
  /// - Throws: ``ExportError/differs(file:problem:)`` when it does not fit together.
  func compare(withPackage folder: URL, batches: [Int]) throws -> [ExportCheck] {
    do {
      let replay = try MILReplay(folder)
      let rows = names.count
      func features(_ batch: Int) throws -> Tensor {
        let parts = try stride(from: 0, to: rows, by: batch).map { start in
          // The last batch is filled up with the first samples.
          let places = (start..<start + batch).map { Int64($0 % rows) }
          return try replay.run(input.gathered(rows: Tensor(places, shape: [batch])))
        }
        return try .concatenated(parts).sliced(0..<rows)
      }
      let tried = Set([batches[0], batches.filter { $0 <= 4 }.max() ?? batches[0]])
      let checks = try tried.sorted().map { batch in
        try ExportCheck.compare(names, expected: expected, found: features(batch))
      }
      return names.indices.map { row in
        let row = checks.map { $0[row] }
        return row.min { $0.cosine < $1.cosine } ?? row[0]
      }
    } catch {
      throw ExportError.differs(file: folder.lastPathComponent, problem: "\(error)")
    }
  }
}
