import CVectorScan
import Foundation
import GRDB

/// The rows of the table `vectors` that belong to one model and one kind.
struct VectorRows {
  let model: Int64
  let kind: VectorKind
  let dimension: Int

  func count(_ database: Database) throws -> Int {
    try Int.fetchOne(
      database,
      sql: """
        SELECT COUNT(*) FROM vectors
        WHERE model_id = ? AND kind = ? AND LENGTH(data) = ?
        """, arguments: [model, kind.rawValue, dimension * 2]) ?? 0
  }

  /// The mean of a sample of the vectors.
  func center(_ database: Database, count: Int) throws -> [Float] {
    var sums = [Double](repeating: 0, count: dimension)
    var sampled = 0
    let rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT data FROM vectors
        WHERE model_id = ? AND kind = ? AND picture_id % ? = 0 LIMIT 8192
        """, arguments: [model, kind.rawValue, max(1, count / 4096)])
    while let row = try rows.next() {
      // Numbers that are none would spoil every score, not only that of their picture.
      guard let vector = VectorCodec.decode(row[0], dimension: dimension),
        vector.allSatisfy(\.isFinite)
      else { continue }
      for index in 0..<dimension { sums[index] += Double(vector[index]) }
      sampled += 1
    }
    return sums.map { Float($0 / Double(max(sampled, 1))) }
  }

  /// All vectors, in order of picture number.
  func fill(_ builder: inout SegmentBuilder, _ database: Database) throws {
    let rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT picture_id, data FROM vectors
        WHERE model_id = ? AND kind = ? AND LENGTH(data) = ? ORDER BY picture_id
        """, arguments: [model, kind.rawValue, dimension * 2])
    while let row = try rows.next() {
      let id: Int64 = row[0]
      try row.withUnsafeData(atIndex: 1) { data in
        data?.withUnsafeBytes { _ = builder.append(id: id, halves: $0) }
      }
    }
  }

  /// The vectors of the given pictures, whose numbers are in ascending order.
  func fill(_ builder: inout SegmentBuilder, _ database: Database, ids: [Int64]) throws {
    let statement = try database.cachedStatement(
      sql: "SELECT data FROM vectors WHERE model_id = ? AND kind = ? AND picture_id = ?")
    for id in ids {
      let data = try Data.fetchOne(statement, arguments: [model, kind.rawValue, id])
      data?.withUnsafeBytes { _ = builder.append(id: id, halves: $0) }
    }
  }

  /// Pictures whose vector was written after a revision, in order of their numbers.
  func changed(_ database: Database, since revision: Int64) throws -> [Int64] {
    try Int64.fetchAll(
      database,
      sql: """
        SELECT picture_id FROM vectors
        WHERE model_id = ? AND kind = ? AND revision > ? AND LENGTH(data) = ?
        ORDER BY picture_id
        """, arguments: [model, kind.rawValue, revision, dimension * 2])
  }

  /// Pictures that lost their vector after a revision.
  func removed(_ database: Database, since revision: Int64) throws -> [Int64] {
    try Int64.fetchAll(
      database, sql: "SELECT DISTINCT picture_id FROM removals WHERE kind = ? AND revision > ?",
      arguments: [kind.rawValue, revision])
  }
}
