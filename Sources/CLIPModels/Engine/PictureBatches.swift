import CLIPImages
import Threads
import Torch

/// Pictures on their way through a network, batch by batch, while others read and decode the next
/// ones: never more than a few batches are in memory.
final class PictureBatches<Row: Sendable>: Sendable {
  /// A picture and what became of it.
  struct Outcome: Sendable {
    let index: Int
    /// A sentence, when the file is damaged but could be read.
    let warning: String?
    let row: Result<Row, any Error>
  }

  private let batchSize: Int
  private let network: @Sendable ([RGBImage]) throws -> [Row]
  private let pipeline: OrderedPipeline<(index: Int, picture: Result<RGBImage, any Error>)>

  /// Begins to read.
  ///
  /// - Parameters:
  ///   - pictures: what to read.
  ///   - model: prepares pictures, and says how many go through the network together.
  ///   - network: makes one row of each picture; it gets none of those that cannot be read.
  init(
    _ pictures: [PictureInput], of model: CLIP,
    network: @escaping @Sendable ([RGBImage]) throws -> [Row]
  ) {
    batchSize = model.batchSize
    self.network = network
    let preprocessor = model.preprocessor
    pipeline = OrderedPipeline(count: pictures.count, window: 3 * model.batchSize) { index in
      (
        index,
        Result { try Trace.span("read picture") { try preprocessor(pictures[index].load()) } }
      )
    }
  }

  deinit { pipeline.cancel() }

  /// Reads no more; who waits for a batch gets what there is of it.
  func cancel() { pipeline.cancel() }

  /// The next batch, in the pictures' order; empty after the last, and once cancelled.
  ///
  /// - Throws: an error of the network; a broken picture is an outcome.
  func next() throws -> [Outcome] {
    let read = (0..<batchSize).compactMap { _ in pipeline.next() }
    let images = read.compactMap { try? $0.picture.get() }
    var rows = (images.isEmpty ? [] : try network(images))[...]
    return try read.map { index, picture in
      switch picture {
      case .success(let image):
        guard let row = rows.popFirst() else {
          throw ModelError.failed("it returned too few results")
        }
        return Outcome(index: index, warning: image.warning, row: .success(row))
      case .failure(let error):
        return Outcome(index: index, warning: nil, row: .failure(error))
      }
    }
  }
}
