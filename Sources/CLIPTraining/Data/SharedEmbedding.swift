import CLIPData
import CLIPModels
import Torch

/// Embeds pictures or texts with all workers: each takes a share, and all get everything.
struct SharedEmbedding {
  let workers: WorkerGroup?

  /// Pictures between two exchanges, so that no worker waits longer for another than for these.
  private static let roundSize = 1024

  /// Unit features of pictures, `[pictures, dimension]`.
  ///
  /// - Parameters:
  ///   - ids: which pictures, in order.
  ///   - dataset: where they are.
  ///   - model: what embeds.
  ///   - progress: called with the number of pictures done.
  /// - Returns: `[pictures, dimension]`, on every worker.
  /// - Throws: `DataError/brokenImage` for a picture that cannot be read.
  func images(
    _ ids: [Int64], of dataset: any PairDataset, by model: CLIP,
    progress: (Int) -> Void = { _ in }
  ) throws -> Tensor {
    try rounds(ids.count, dimension: model.embeddingDimension) { range in
      let pictures = ids[range].map { id in
        PictureInput(name: "picture \(id)") { try dataset.imageData(for: id) }
      }
      var values: [Float] = []
      try model.embed(pictures: pictures) { index, result in
        do {
          values += try result.get()
        } catch let error as DataError {
          throw error
        } catch {
          throw DataError.brokenImage(
            id: ids[range.lowerBound + index], source: dataset.source, reason: "\(error)")
        }
        // The other workers are as far as this one, more or less.
        progress(min(range.lowerBound + (index + 1) * (workers?.count ?? 1), ids.count))
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
