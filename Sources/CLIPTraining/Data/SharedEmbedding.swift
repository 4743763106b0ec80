import CLIPData
import CLIPModels
import Torch

/// Embeds pictures or texts with all workers: each takes a share, and all get everything.
struct SharedEmbedding {
  let workers: WorkerGroup?

  /// How far pictures go through the network.
  enum ImageStage {
    /// What the trunk pools, before the head.
    case pooled
    /// The embedding, of unit length or as it is.
    case embedding(normalized: Bool)

    /// The size of the vectors.
    func width(of model: CLIP) -> Int {
      switch self {
      case .pooled: model.encoder.imageEncoder.pooledWidth
      case .embedding: model.embeddingDimension
      }
    }
  }

  /// Pictures between two exchanges, so that no worker waits longer for another than for these.
  private static let roundSize = 1024

  /// Vectors of pictures, `[pictures, width]`.
  ///
  /// - Parameters:
  ///   - ids: which pictures, in order.
  ///   - samples: where they are.
  ///   - model: what embeds.
  ///   - stage: how far.
  ///   - progress: called with the number of pictures done.
  /// - Returns: `[pictures, width]`, on the CPU.
  /// - Throws: `DataError/brokenImage` for a picture that cannot be read.
  func images(
    _ ids: [Int64], of samples: any SampleSource, by model: CLIP,
    as stage: ImageStage = .embedding(normalized: true), progress: (Int) -> Void = { _ in }
  ) throws -> Tensor {
    try rounds(ids.count, dimension: stage.width(of: model)) { range in
      let pictures = ids[range].map { id in
        PictureInput(name: "picture \(id)") { try samples.imageData(for: id) }
      }
      var values: [Float] = []
      func take(_ index: Int, _ result: Result<Embeddings.Row, any Error>) throws {
        do {
          values += try result.get()
        } catch let error as DataError {
          throw error
        } catch {
          throw DataError.brokenImage(
            id: ids[range.lowerBound + index], source: samples.source, reason: "\(error)")
        }
        // The other workers are as far as this one, more or less.
        progress(min(range.lowerBound + (index + 1) * (workers?.count ?? 1), ids.count))
      }
      switch stage {
      case .pooled: try model.pool(pictures: pictures, handle: take)
      case .embedding(let normalized):
        try model.embed(pictures: pictures, normalized: normalized, handle: take)
      }
      return values
    }
  }

  /// Unit features of texts, `[texts, dimension]`.
  func texts(_ texts: [String], by model: CLIP) throws -> Tensor {
    try rounds(texts.count, dimension: model.embeddingDimension) { range in
      try model.embed(texts: Array(texts[range])).values
    }
  }

  private func rounds(
    _ count: Int, dimension: Int, _ embed: (Range<Int>) throws -> [Float]
  ) throws -> Tensor {
    let share = workers?.count ?? 1
    let rank = workers?.rank ?? 0
    var pieces: [Tensor] = []
    for start in stride(from: 0, to: count, by: Self.roundSize * share) {
      let end = min(start + Self.roundSize * share, count)
      // Equal shares, the last ones padded: a collective wants one shape everywhere.
      let size = (end - start + share - 1) / share
      let first = min(start + rank * size, end)
      let mine = first..<min(first + size, end)
      var values = try embed(mine)
      values += [Float](repeating: 0, count: (size - mine.count) * dimension)
      let part = try Tensor(values, shape: [size, dimension])
      pieces.append(try (workers?.gathered(part) ?? part).sliced(0..<end - start))
    }
    return pieces.isEmpty ? try .zeros([0, dimension]) : try .concatenated(pieces)
  }
}
