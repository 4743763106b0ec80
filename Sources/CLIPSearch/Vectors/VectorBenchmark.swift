import CLIPModels
import CVectorScan
import Files
import Foundation

/// Measures the vector engine on matrices in files.
public struct VectorBenchmark {
  /// What was measured.
  public struct Report: Sendable, Codable {
    /// Which kernels ran: `avx512vnni`, `avx2`, `neon` or `plain`.
    public var kernel: String
    /// Seconds to bring the vectors into the form that is scanned.
    public var buildSeconds: Double
    /// Bytes that a scan reads.
    public var scannedBytes: Int
    /// Bytes of the exact vectors, of which a search reads a few rows.
    public var exactBytes: Int
    /// Milliseconds of each single query.
    public var singleMilliseconds: [Double]
    /// Milliseconds of each batch.
    public var batchMilliseconds: [Double]
    /// Rows found by each single query, best first.
    public var rows: [[Int64]]
    /// Whether batches found the same.
    public var batchesAgree: Bool
  }

  private let segment: VectorSegment
  private let queries: [[Float]]
  private let limit: Int
  private let batch: Int
  private let buildSeconds: Double

  /// - Parameters:
  ///   - base: A `.npy` matrix of vectors.
  ///   - queries: A `.npy` matrix of queries.
  ///   - limit: How many of the best are asked for.
  ///   - batch: Queries that are searched for together.
  /// - Throws: ``SearchError`` for files that are no matrices or do not fit together.
  public init(base: String, queries: String, limit: Int, batch: Int) throws {
    let start = ContinuousClock.now
    let matrix = try SearchError.wrapping { try NumPyFile(URL(filePath: base)) }
    guard let layout = SegmentLayout(count: matrix.rows, dimension: matrix.columns) else {
      throw SearchError.importFile(path: base, line: nil, problem: "it is too large")
    }
    var center = [Float](repeating: 0, count: matrix.columns)
    let step = max(1, matrix.rows / 4096)
    let sample = stride(from: 0, to: matrix.rows, by: step).map { matrix.row($0) }
    for vector in sample {
      for index in center.indices { center[index] += vector[index] / Float(sample.count) }
    }
    var builder = SegmentBuilder(
      layout: layout, center: center, block: try .anonymous(size: layout.size))
    for row in 0..<matrix.rows {
      let unit = UnitVector.of(matrix.row(row)) ?? center
      VectorCodec.encode(unit).withUnsafeBytes { _ = builder.append(id: Int64(row), halves: $0) }
    }
    guard let segment = builder.finish() else {
      throw SearchError.importFile(path: base, line: nil, problem: "it is shorter than it says")
    }
    self.segment = segment
    buildSeconds = (ContinuousClock.now - start) / .seconds(1)
    let asked = try SearchError.wrapping { try NumPyFile(URL(filePath: queries)) }
    guard asked.columns == matrix.columns else {
      throw SearchError.dimension(
        expected: matrix.columns, found: asked.columns, what: queries)
    }
    self.queries = (0..<asked.rows).compactMap { UnitVector.of(asked.row($0)) }
    self.limit = limit
    self.batch = max(1, batch)
  }

  /// Measures.
  public func run(repeats: Int) throws -> Report {
    let snapshot = VectorSnapshot(
      dimension: segment.layout.dimension, parts: [.init(segment: segment)])
    let layout = segment.layout
    var report = Report(
      kernel: Self.kernelName, buildSeconds: buildSeconds,
      scannedBytes: layout.halves - layout.center, exactBytes: layout.size - layout.halves,
      singleMilliseconds: [], batchMilliseconds: [], rows: [], batchesAgree: true)
    for round in 0..<max(1, repeats) {
      for query in queries {
        let start = ContinuousClock.now
        let found = try VectorScan.best(limit, for: query, in: snapshot, selections: [.all])
        report.singleMilliseconds.append((ContinuousClock.now - start) / .milliseconds(1))
        if round == 0 { report.rows.append(found.map(\.id)) }
      }
      for first in stride(from: 0, to: queries.count - batch + 1, by: batch) {
        let some = Array(queries[first..<first + batch])
        let start = ContinuousClock.now
        let found = try VectorScan.best(limit, forEach: some, in: snapshot, selections: [.all])
        report.batchMilliseconds.append((ContinuousClock.now - start) / .milliseconds(1))
        if round == 0, found.map({ $0.map(\.id) }) != Array(report.rows[first..<first + batch]) {
          report.batchesAgree = false
        }
      }
    }
    return report
  }

  private static var kernelName: String {
    switch vs_current_kernel() {
    case VS_AVX512_VNNI: "avx512vnni"
    case VS_AVX2: "avx2"
    case VS_NEON: "neon"
    default: "plain"
    }
  }
}
