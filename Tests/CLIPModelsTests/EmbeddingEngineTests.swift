import CLIPEmbeddedModel
import CLIPImages
import CLIPModels
import Foundation
import Synchronization
import Testing
import Torch

@Suite("The engine that many tasks share")
struct EmbeddingEngineTests {
  /// Counts what it is asked for; a text's vector is its length, a picture's its first pixel.
  private final class CountingModel: EmbeddingModel {
    let name = "counting"
    let fingerprint = "counting-1"
    let embeddingDimension = 2
    let logitScale: Float = 10
    let batches = Mutex<[Int]>([])

    func preprocess(_ picture: Data) throws -> RGBImage { try ImagePreprocessor(size: 2)(picture) }

    func embeddings(of images: [RGBImage]) async throws -> Embeddings {
      batches.withLock { $0.append(images.count) }
      return Embeddings(dimension: 2, rows: images.map { [Float($0.pixels[0]), 1] })
    }

    func embeddings(of texts: [String]) async throws -> Embeddings {
      batches.withLock { $0.append(texts.count) }
      return Embeddings(dimension: 2, rows: texts.map { [Float($0.utf8.count), 1] })
    }
  }

  private static func png(_ shade: UInt8, width: Int = 6, height: Int = 4) throws -> Data {
    try PictureWriter.png(
      RGBImage(
        width: width, height: height, pixels: [UInt8](repeating: shade, count: 3 * width * height)))
  }

  @Test("more texts than may wait go in portions, each is computed once, and what was done is told")
  func portions() async throws {
    let model = CountingModel()
    let events = Mutex<[EmbeddingEngine.Event]>([])
    var limits = EmbeddingEngine.Limits()
    limits.waitingTexts = 20
    let engine = EmbeddingEngine(model: model, limits: limits) { event in
      events.withLock { $0.append(event) }
    }
    let texts = (0..<103).map { String(repeating: "a", count: $0) }
    let first = try await engine.embeddings(of: texts)
    #expect(first.map { $0[0] } == (0..<103).map(Float.init))
    #expect(model.batches.withLock { $0.reduce(0, +) } == 103)
    let second = try await engine.embeddings(of: texts.reversed())
    #expect(second.map { $0[0] } == (0..<103).reversed().map(Float.init))
    #expect(model.batches.withLock { $0.reduce(0, +) } == 103, "the rest came from the cache")
    let cached = events.withLock { events in
      events.compactMap { if case .answeredFromCache(let texts) = $0 { texts } else { nil } }
    }
    #expect(cached == [0, 103])
  }

  @Test("files are decoded and embedded in order; a broken one is a sentence")
  func files() async throws {
    let engine = EmbeddingEngine(model: CountingModel())
    let files = try (0..<9).map { try Self.png(UInt8($0 * 10)) }
    let rows = try await engine.embeddings(of: files)
    #expect(rows.map { $0[0] } == (0..<9).map { Float($0 * 10) })
    #expect(try await engine.embeddings(of: [Data]()).isEmpty)
    await #expect {
      try await engine.embeddings(of: files + [Data("no picture".utf8)])
    } throws: {
      "\($0)".hasPrefix("the picture cannot be read: ")
    }
  }

  @Test("pictures with more pixels than allowed are refused undecoded")
  func pixels() throws {
    var limits = EmbeddingEngine.Limits()
    limits.pixels = 6 * 4
    let engine = EmbeddingEngine(model: CountingModel(), limits: limits)
    _ = try engine.preprocess(Self.png(1))
    #expect(throws: ImageError.self) { try engine.preprocess(Self.png(1, width: 7)) }
  }

  @Test("many tasks share a real model, and each gets what the model gives alone")
  func realModel() async throws {
    let model = try CLIP.embedded(options: CLIP.Options(device: .cpu))
    let engine = EmbeddingEngine(model: model)
    let texts = ["一只猫", "一辆红色的车", "雪山", "苹果"]
    let expected = try model.embed(texts: texts)
    try await withThrowingTaskGroup(of: (Int, Embeddings).self) { group in
      for task in 0..<16 {
        group.addTask { (task, try await engine.embeddings(of: [texts[task % 4]])) }
      }
      for try await (task, rows) in group {
        let difference = zip(rows[0], expected[task % 4]).map { abs($0 - $1) }.max()
        #expect(try #require(difference) < 1e-5)
      }
    }
  }

  @Test("embedding in a cancelled task stops with CancellationError")
  func cancelled() async throws {
    let model = try CLIP.embedded(options: CLIP.Options(device: .cpu))
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      _ = try await model.embeddings(of: ["一只猫"])
    }
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
