import CLIPData
import CLIPModels
import Checkpoints
import Foundation
import Torch
import TorchNN

/// Vectors of pictures on disk, by what is in the picture and by which weights made them, so that
/// a frozen trunk works once for each picture and not once an epoch.
///
/// A student's are what its trunk pools, so that a head may learn above them; a teacher's are its
/// embeddings.
///
/// Source: Zhai et al., *LiT*, 2021, section 4.4 and appendix, pre-computed image embeddings.
struct FeatureCache {
  /// Features of a data set's pictures, in memory.
  struct Table {
    /// `[pictures, width]`, as the network gives them.
    let features: Tensor
    /// Content keys, one a row.
    let contentKeys: [Int64]
    let rowOfImage: [Int64: Int]

    /// Features of some pictures, in their order.
    func rows(_ imageIDs: [Int64]) throws -> Tensor {
      let rows = try imageIDs.map { Int64(try row(of: $0)) }
      return try features.gathered(rows: Tensor(rows, shape: [rows.count]))
    }

    /// A key that equal pictures share.
    func key(of imageID: Int64) throws -> Int64 { contentKeys[try row(of: imageID)] }

    private func row(of id: Int64) throws -> Int {
      guard let row = rowOfImage[id] else {
        throw DataError.unknownImage(id: id, source: "the feature cache")
      }
      return row
    }
  }

  /// The folder of all weights' features.
  let folder: URL
  /// Whose features they are.
  let model: CLIP
  /// How far pictures go through the network.
  let stage: SharedEmbedding.ImageStage
  let workers: WorkerGroup?

  /// Pictures between two writes: what an interrupted run computes again at most.
  private static let partSize = 16_384

  private var modelFolder: URL {
    let numerics = model.encoder.parameters.numerics.dtype.rawValue
    return switch stage {
    case .pooled: folder.appending(path: "\(model.imageTrunkFingerprint)-pooled-\(numerics)")
    case .embedding: folder.appending(path: "\(model.fingerprint)-embedding-\(numerics)")
    }
  }

  /// Reads what is there, computes and keeps what is not.
  ///
  /// - Parameters:
  ///   - samples: whose pictures.
  ///   - progress: called with pictures done and their total.
  /// - Returns: features of all pictures that samples may have.
  /// - Throws: `DataError` for a picture that cannot be read, `CheckpointError`.
  func table(
    of samples: any SampleSource, progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> Table {
    let ids = try samples.imageIDs()
    let keys = concurrentMap(count: ids.count) { index in
      Result { Int64(bitPattern: StableHash.hash(try samples.imageData(for: ids[index]))) }
    }
    let contentKeys = try keys.map { try $0.get() }
    var parts: [Tensor] = []
    var rows: [Int64: Int] = [:]
    var stored = 0
    for part in try agreed(storedParts()) {
      for (offset, key) in part.keys.enumerated() { rows[key] = stored + offset }
      stored += part.keys.count
      parts.append(part.features)
    }
    var missing: [(id: Int64, key: Int64)] = []
    var seen = Set(rows.keys)
    for (id, key) in zip(ids, contentKeys) where seen.insert(key).inserted {
      missing.append((id, key))
    }
    for start in stride(from: 0, to: missing.count, by: Self.partSize) {
      let part = missing[start..<min(start + Self.partSize, missing.count)]
      let features = try SharedEmbedding(workers: workers).images(
        part.map(\.id), of: samples, by: model, as: stage
      ) { progress(start + $0, missing.count) }
      try store(features, keys: part.map(\.key))
      for (offset, entry) in part.enumerated() { rows[entry.key] = stored + offset }
      stored += part.count
      parts.append(features)
    }
    return Table(
      features: try .concatenated(parts), contentKeys: keysByRow(rows, count: stored),
      rowOfImage: Dictionary(
        zip(ids, contentKeys.map { rows[$0] ?? 0 }), uniquingKeysWith: { first, _ in first }))
  }

  private func keysByRow(_ rows: [Int64: Int], count: Int) -> [Int64] {
    var keys = [Int64](repeating: 0, count: count)
    for (key, row) in rows { keys[row] = key }
    return keys
  }

  /// The parts, unless a worker on another machine has others: then all start anew.
  private func agreed(
    _ parts: [(keys: [Int64], features: Tensor)]
  ) throws -> [(keys: [Int64], features: Tensor)] {
    guard let workers else { return parts }
    let sum = parts.flatMap(\.keys).reduce(Int64(parts.count)) { $0 &+ $1 }
    let sums = try workers.gathered(Tensor([sum], shape: [1])).scalars(Int64.self)
    return Set(sums).count == 1 ? parts : []
  }

  private func storedParts() throws -> [(keys: [Int64], features: Tensor)] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: modelFolder.path)) ?? []
    return try names.filter { $0.hasSuffix(".safetensors") && !$0.hasPrefix(".") }.sorted()
      .compactMap { name in
        let source = CheckpointSource(try Checkpoint.open(modelFolder.appending(path: name)))
        guard
          let keys = try source.tensor(named: "keys"),
          let features = try source.tensor(named: "features"), keys.rank == 1, features.rank == 2,
          keys.shape[0] == features.shape[0], features.shape[1] == stage.width(of: model)
        else { return nil }
        return (try keys.scalars(Int64.self), features)
      }
  }

  private func store(_ features: Tensor, keys: [Int64]) throws {
    guard workers == nil || workers?.rank == 0 else { return }
    try FileManager.default.createDirectory(at: modelFolder, withIntermediateDirectories: true)
    let digits = String(UInt64(bitPattern: keys.first ?? 0), radix: 16)
    let name = "\(Int(Date.now.timeIntervalSince1970))-\(digits).safetensors"
    try TensorFile.write(
      [("keys", Tensor(keys, shape: [keys.count])), ("features", features)],
      to: modelFolder.appending(path: name))
  }
}
