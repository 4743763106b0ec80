import CLIPModels
import CLIPSearch
import Foundation
import Torch

/// Of pictures whose vectors are neighbours the most central one stays (SemDeDup by Abbas et al., 2023, with
/// DanQing's union of neighbours).
///
/// Pictures are divided into groups by spherical k-means over a sample; within a group every pair is
/// compared. Neighbours in different groups are not seen, which is the price of not comparing all with all;
/// sets of one group are exact. Holds 16 bytes a picture, the sample, and the vectors of one group.
struct SemanticDuplicates: WholeSetStep {
  let rule: CleaningStep.SemanticRule
  var needsPictureVectors: Bool { true }

  /// Pictures on which the centers are found, for each center.
  private static let samplesPerCenter = 128
  private static let blockSize = 1024

  func decide(_ view: RowsView) throws -> [WholeSetDrop] {
    let rows = try view.pictureNumbers()
    let numbers = try view.embeddedPictures()
    let groups = try VectorGroups(view, numbers, groupSize: rule.groupSize ?? 8192).members
    var firsts: [Int: Int] = [:]
    var distances: [Int: Double] = [:]
    for (done, group) in groups.enumerated() {
      try compare(group, in: view, &firsts, &distances)
      view.progress(done + 1, groups.count)
    }
    var drops = try view.drops(rows, repeating: firsts) { $0 }
    let byPlace = Dictionary(
      uniqueKeysWithValues: drops.map { ($0.place, $0) })
    var reasons: [DroppedRow.Place: String] = [:]
    view.forEach(rows) { place, number in
      guard let drop = byPlace[place], let distance = distances[number] else { return }
      reasons[place] = "\(distance.short) from \(drop.reason)"
    }
    for index in drops.indices {
      drops[index] = WholeSetDrop(
        place: drops[index].place, reason: reasons[drops[index].place] ?? drops[index].reason,
        kept: drops[index].kept)
    }
    return drops
  }

  /// Joins neighbours of one group, and notes for all but the most central of a set which one stays.
  private func compare(
    _ group: [Int], in view: RowsView, _ firsts: inout [Int: Int],
    _ distances: inout [Int: Double]
  ) throws {
    guard group.count > 1 else { return }
    let vectors = try view.pictureVectors(group)
    let least = Float(1 - rule.distance)
    var sets = DisjointSets()
    try withInferenceMode {
      let all = try Tensor(vectors.values, shape: [vectors.count, vectors.dimension])
      for start in stride(from: 0, to: vectors.count, by: Self.blockSize) {
        let end = min(start + Self.blockSize, vectors.count)
        let products = try all.sliced(start..<end)
          .matmul(all.sliced(0..<end).transposed(0, 1)).scalars(Float.self)
        products.withUnsafeBufferPointer { products in
          for row in start..<end {
            let line = (row - start) * end
            for column in 0..<row where products[line + column] > least {
              sets.join(Int64(row), Int64(column))
            }
          }
        }
      }
    }
    for set in sets.sets() {
      let members = set.map(Int.init)
      let center = Self.medoid(members, vectors)
      for member in members where member != center {
        firsts[group[member]] = group[center]
        distances[group[member]] = 1 - Double(Self.dot(vectors[member], vectors[center]))
      }
    }
  }

  /// The member with the largest sum of cosines to all; of equals the first.
  private static func medoid(_ members: [Int], _ vectors: Embeddings) -> Int {
    var sum = [Float](repeating: 0, count: vectors.dimension)
    for member in members {
      for (place, value) in vectors[member].enumerated() { sum[place] += value }
    }
    var (best, score) = (members[0], -Float.infinity)
    for member in members {
      let product = zip(vectors[member], sum).reduce(0) { $0 + $1.0 * $1.1 }
      if product > score { (best, score) = (member, product) }
    }
    return best
  }

  private static func dot(_ first: Embeddings.Row, _ second: Embeddings.Row) -> Float {
    zip(first, second).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

extension RowsView {
  /// Numbers of the pictures that rows need and that have a vector, ascending.
  func embeddedPictures() throws -> [Int] {
    var numbers: [Int] = []
    for (part, alive) in try alivePictures().enumerated() where alive.contains(true) {
      let file = try vectors.pictures(part, count: alive.count)
      for index in alive.indices where alive[index] && file.key(index) != 0 {
        numbers.append(pictures.number(PictureReference(part: part, index: index)))
      }
    }
    return numbers
  }

  /// Vectors of pictures by their numbers.
  func pictureVectors(_ numbers: some Collection<Int>) throws -> Embeddings {
    let dimension = try vectors.clip().embeddingDimension
    var values: [Float] = []
    values.reserveCapacity(numbers.count * dimension)
    for number in numbers {
      let reference = pictures.reference(number)
      let file = try vectors.pictures(reference.part, count: pictures.count(reference.part))
      values += file.vector(reference.index)
    }
    return Embeddings(dimension: dimension, values: values)
  }
}

/// Pictures divided into groups of neighbours.
struct VectorGroups {
  /// The groups, each with ascending numbers; none is empty.
  let members: [[Int]]

  private static let samplesPerCenter = 64
  private static let blockSize = 4096

  /// - Parameters:
  ///   - view: where the vectors are.
  ///   - numbers: the pictures.
  ///   - groupSize: how many a group has on the average.
  /// - Throws: ``CleaningError``, `TorchError`.
  init(_ view: RowsView, _ numbers: [Int], groupSize: Int) throws {
    guard numbers.count > groupSize else {
      members = numbers.isEmpty ? [] : [numbers]
      return
    }
    let count = (numbers.count + groupSize - 1) / groupSize
    let wanted = min(numbers.count, count * Self.samplesPerCenter)
    let sample = (0..<wanted).map { numbers[$0 * numbers.count / wanted] }
    var clustering = SphericalKMeans(
      try view.pictureVectors(sample).map(Array.init), count: count, seed: 1)
    try clustering.run()
    let centers = Embeddings(
      dimension: clustering.centers[0].count, rows: clustering.centers)
    var members = [[Int]](repeating: [], count: centers.count)
    for start in stride(from: 0, to: numbers.count, by: Self.blockSize) {
      let block = numbers[start..<min(start + Self.blockSize, numbers.count)]
      let vectors = try view.pictureVectors(block)
      let nearest = try withInferenceMode {
        try Tensor(vectors.values, shape: [vectors.count, vectors.dimension])
          .matmul(
            Tensor(centers.values, shape: [centers.count, centers.dimension]).transposed(0, 1)
          )
          .argmax(axis: 1).scalars(Int64.self)
      }
      for (number, center) in zip(block, nearest) { members[Int(center)].append(number) }
    }
    self.members = members.filter { !$0.isEmpty }
  }
}
