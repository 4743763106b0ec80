public import CLIPImages
public import CLIPModels
import CLIPText
import Foundation
import ONNX
import ONNXTorch
import Torch

/// Exported files as a model that embeds, to measure what their precision costs.
public struct ExportedModel: Sendable {
  private let image: Encoder
  private let text: Encoder
  private let model: ModelFiles

  /// One file, and how many rows it takes at once.
  private struct Encoder {
    let session: ONNXSession
    let name: String
    let takesPixels: Bool
    let batch: Int?

    init(_ file: URL) throws {
      session = try ONNXSession(ONNXModel(contentsOf: file))
      guard let input = session.model.inputs.first, session.model.inputs.count == 1 else {
        throw ExportError.unsupported("\(file.lastPathComponent) has not one input")
      }
      name = input.name
      takesPixels = input.elementType == .uint8
      batch = if case .fixed(let count)? = input.shape?.first { count } else { nil }
    }

    /// Features of unit length, a batch after another; a fixed batch is filled up with its last row.
    func embed(_ count: Int, _ rows: (Range<Int>) throws -> Tensor) throws -> Embeddings {
      var values: [Float] = []
      var dimension = 0
      for start in stride(from: 0, to: count, by: batch ?? CLIP.defaultBatchSize) {
        let range = start..<min(start + (batch ?? CLIP.defaultBatchSize), count)
        var input = try rows(range)
        if let batch, range.count < batch {
          let places = (0..<batch).map { Int64(min($0, range.count - 1)) }
          input = try input.gathered(rows: Tensor(places, shape: [batch]))
        }
        guard let features = try session.run([name: input]).first?.value, features.rank == 2 else {
          throw ExportError.unsupported("the exported file gives no vectors")
        }
        dimension = features.shape[1]
        values += try features.sliced(0..<range.count).to(.float32).normalized().scalars()
      }
      return Embeddings(dimension: dimension, values: values)
    }
  }

  /// Opens the files of an export.
  ///
  /// - Parameters:
  ///   - report: of an export of both encoders.
  ///   - model: what was exported.
  /// - Throws: ``ExportError/unsupported(_:)`` where only one encoder was exported; `ONNXError`.
  public init(_ report: ExportReport, of model: ModelFiles) throws {
    func encoder(_ kind: ExportedEncoder) throws -> Encoder {
      guard let tower = report.towers.first(where: { $0.encoder == kind }) else {
        throw ExportError.unsupported("recall needs both encoders, and one was exported")
      }
      return try Encoder(tower.file)
    }
    image = try encoder(.image)
    text = try encoder(.text)
    self.model = model
  }

  /// Embeds squares of the encoder's size.
  ///
  /// - Throws: `ONNXSessionError`, `TorchError`.
  public func embed(images: [RGBImage]) throws -> Embeddings {
    let size = model.configuration.image.imageSize
    return try image.embed(images.count) { range in
      let pixels = try Tensor(
        images[range].flatMap(\.pixels), shape: [range.count, size, size, 3])
      return image.takesPixels
        ? pixels
        : try model.configuration.preprocessing(pixels, dtype: .float32).contiguous()
    }
  }

  /// Embeds texts; one that is longer than the file's context is cut.
  ///
  /// - Throws: `ONNXSessionError`, `TorchError`.
  public func embed(texts: [String]) throws -> Embeddings {
    let length = model.configuration.contextLength
    let tokens = try model.tokenizer.configured(contextLength: length, normalization: nil)(texts)
    return try text.embed(tokens.count) { range in
      try Tensor(tokens.padded(rows: range, to: length), shape: [range.count, length])
    }
  }
}
