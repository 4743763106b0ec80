import CLIPImages
public import CLIPModels
import Foundation
import Threads
import Torch

extension PictureLibrary {
  /// Hits, the first of them ordered anew by another model's score: one that compares words with places,
  /// for example, which has no vectors to search.
  ///
  /// Every one of these pictures is read and encoded, so the cost grows with their number. With all
  /// pictures of a library the order is the model's own.
  ///
  /// - Parameters:
  ///   - hits: best first.
  ///   - count: how many of them are ordered anew.
  ///   - text: what was searched for.
  ///   - model: what scores.
  ///   - unreadable: called with the path of a picture that cannot be read, and why; it comes behind
  ///     those that were scored.
  /// - Returns: the same hits; those that were scored have a ``SearchHit/rerankScore``.
  /// - Throws: what the model throws, and ``SearchError`` if the library cannot be read.
  public func reranked(
    _ hits: [SearchHit], first count: Int, by text: String, with model: CLIP,
    unreadable: (_ path: String, _ reason: String) -> Void = { _, _ in }
  ) async throws -> [SearchHit] {
    let query = try await offloaded { try model.features(texts: [text]) }
    var scored: [SearchHit] = []
    var others: [SearchHit] = []
    for hit in hits.prefix(count) {
      try Task.checkCancellation()
      do {
        let data = try await data(of: hit.id)
        var hit = hit
        hit.rerankScore = try await offloaded {
          let picture = try model.features(images: [model.preprocessor(data)])
          return Float(
            try withInferenceMode { try model.interaction.textToImage(query, picture).item() })
        }
        scored.append(hit)
      } catch let error as SearchError {
        unreadable(hit.path, "\(error)")
        others.append(hit)
      } catch let error as ImageError {
        unreadable(hit.path, "\(error)")
        others.append(hit)
      }
    }
    let order = scored.indices.sorted {
      let (first, second) = (scored[$0].rerankScore ?? 0, scored[$1].rerankScore ?? 0)
      return first != second ? first > second : $0 < $1
    }
    return order.map { scored[$0] } + others + hits.dropFirst(count)
  }
}
