package import CLIPImages
package import CLIPModels
import CLIPSearch
package import Foundation
package import Synchronization

/// A model that understands colours: enough to tell whether the right picture comes first.
package final class ColorModel: EmbeddingModel {
  package let name = "colours"
  package let fingerprint = "colours-1"
  package let embeddingDimension = 8
  package let logitScale: Float = 20
  /// How many texts the model was really asked for.
  package let embeddedTexts = Mutex(0)
  /// Sizes of the batches of texts.
  package let batches = Mutex<[Int]>([])

  /// Happens within every decode.
  package let whileDecoding = Mutex<@Sendable () -> Void>({})

  package init() {}

  package func preprocess(_ picture: Data) throws -> RGBImage {
    whileDecoding.withLock(\.self)()
    return try ImagePreprocessor(size: 8)(picture)
  }

  package func embeddings(of images: [RGBImage]) async throws -> Embeddings {
    let rows = images.map { image in
      let sums = (0..<3).map { channel in
        stride(from: channel, to: image.pixels.count, by: 3).reduce(Float(0)) {
          $0 + Float(image.pixels[$1])
        }
      }
      let brightest = max(1, sums.max() ?? 1)
      return sums.map { $0 / brightest } + [0.3, 0, 0, 0, 0]
    }
    return Embeddings(dimension: embeddingDimension, rows: rows)
  }

  package func embeddings(of texts: [String]) async throws -> Embeddings {
    embeddedTexts.withLock { $0 += texts.count }
    batches.withLock { $0.append(texts.count) }
    let rows = texts.map { text -> [Float] in
      let colour: [Float] = [
        text.contains("红") ? 1 : 0, text.contains("绿") ? 1 : 0, text.contains("蓝") ? 1 : 0,
      ]
      return colour + [0.3, 0, 0, 0, Float(text.utf8.count % 7) * 0.01]
    }
    return Embeddings(dimension: embeddingDimension, rows: rows)
  }
}

/// A JPEG of one colour.
package func picture(
  red: UInt8, green: UInt8, blue: UInt8, width: Int = 48, height: Int = 32
) throws -> Data {
  let pixels = (0..<width * height).flatMap { _ in [red, green, blue] }
  return try PictureWriter.jpeg(RGBImage(width: width, height: height, pixels: pixels))
}
