import CLIPEmbeddedModel
import CLIPImages
import CLIPModels
import Foundation
import Synchronization
import Testing
import Torch

@Suite("Embeddings of many pictures")
struct PictureEmbeddingsTests {
  private static func jpeg(_ shade: Int) throws -> Data {
    try PictureWriter.jpeg(
      RGBImage(
        width: 24, height: 24,
        pixels: [UInt8](repeating: UInt8(shade * 8 % 256), count: 24 * 24 * 3)))
  }

  private static func model(batchSize: Int) throws -> CLIP {
    try .embedded(options: CLIP.Options(device: .cpu, batchSize: batchSize))
  }

  /// Counts how many of its pictures were read.
  private final class Reads: Sendable {
    let count = Mutex(0)
  }

  private static func inputs(_ count: Int, _ reads: Reads) throws -> [PictureInput] {
    let data = try jpeg(1)
    return (0..<count).map { index in
      PictureInput(name: "\(index)") {
        reads.count.withLock { $0 += 1 }
        return data
      }
    }
  }

  @Test("they come in order, equal to those of single calls, and a broken picture is one of them")
  func order() async throws {
    let model = try Self.model(batchSize: 3)
    let inputs = try (0..<8).map { index in
      let data = index == 4 ? Data("no picture".utf8) : try Self.jpeg(index)
      return PictureInput(name: "picture \(index)") { data }
    }
    var names: [String] = []
    for try await picture in model.embeddings(of: inputs) {
      #expect(picture.index == names.count)
      names.append(picture.name)
      guard picture.index != 4 else {
        #expect(throws: ImageError.self) { try picture.embedding.get() }
        continue
      }
      let alone = try await model.embeddings(of: [model.preprocess(inputs[picture.index].load())])
      let difference = zip(try picture.embedding.get(), alone[0]).map { abs($0 - $1) }.max()
      #expect(try #require(difference) < 1e-5)
    }
    #expect(names == inputs.map(\.name))
  }

  @Test("no pictures, no embeddings; and a batch of broken ones is not the end")
  func broken() async throws {
    let model = try Self.model(batchSize: 2)
    for try await _ in model.embeddings(of: [PictureInput]()) { Issue.record("out of nothing") }
    let good = try Self.jpeg(2)
    let inputs = (0..<7).map { index in
      PictureInput(name: "\(index)") { index < 6 ? Data() : good }
    }
    var readable: [Int] = []
    for try await picture in model.embeddings(of: inputs) {
      if case .success = picture.embedding { readable.append(picture.index) }
    }
    #expect(readable == [6])
  }

  @Test("files are read a few batches ahead of the loop and no further, and none before it")
  func backPressure() async throws {
    let model = try Self.model(batchSize: 2)
    let reads = Reads()
    var iterator = try model.embeddings(of: Self.inputs(100, reads)).makeAsyncIterator()
    try await Task.sleep(for: .milliseconds(50))
    #expect(reads.count.withLock(\.self) == 0)
    _ = try await iterator.next()
    try await Task.sleep(for: .milliseconds(300))
    // A batch that was taken, and a window of three.
    #expect(reads.count.withLock(\.self) <= 2 + 6)
  }

  @Test("a cancelled task gets no more of them, and the rest is not read")
  func cancellation() async throws {
    let model = try Self.model(batchSize: 1)
    let reads = Reads()
    let inputs = try Self.inputs(1_000, reads)
    let seen = Mutex(0)
    let task = Task {
      for try await picture in model.embeddings(of: inputs) {
        seen.withLock { $0 = picture.index }
        if picture.index == 2 { withUnsafeCurrentTask { $0?.cancel() } }
      }
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(seen.withLock(\.self) == 2)
    #expect(reads.count.withLock(\.self) < 20)
  }

  @Test("a task that waits for a slow file is let go when cancelled", .timeLimit(.minutes(1)))
  func cancelledWaiting() async throws {
    let model = try Self.model(batchSize: 1)
    let started = Reads()
    let gate = DispatchSemaphore(value: 0)
    let input = PictureInput(name: "slow") {
      started.count.withLock { $0 += 1 }
      _ = gate.wait(timeout: .now() + 50)
      return Data()
    }
    let task = Task {
      for try await _ in model.embeddings(of: [input]) { Issue.record("it was not read yet") }
    }
    while started.count.withLock(\.self) == 0 { try await Task.sleep(for: .milliseconds(1)) }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    gate.signal()
  }

  @Test("leaving the loop stops the reading")
  func leaving() async throws {
    let model = try Self.model(batchSize: 2)
    let reads = Reads()
    for try await picture in model.embeddings(of: try Self.inputs(500, reads))
    where picture.index == 1 {
      break
    }
    try await Task.sleep(for: .milliseconds(100))
    let then = reads.count.withLock(\.self)
    try await Task.sleep(for: .milliseconds(200))
    #expect(reads.count.withLock(\.self) == then)
    #expect(then < 20)
  }
}
