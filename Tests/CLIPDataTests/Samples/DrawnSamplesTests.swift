import CLIPData
import CLIPImages
import Foundation
import TestSupport
import Testing

@Suite("Samples that are drawn")
struct DrawnSamplesTests {
  /// Three classes with four, one and no pictures.
  private struct Classes: PairDataset {
    let source = "classes"
    let pairCount = 5
    func pair(at index: Int) throws -> CaptionPair {
      CaptionPair(imageID: Int64(index), textID: index < 4 ? 1 : 2, text: index < 4 ? "猫" : "狗")
    }
    func imageData(for imageID: Int64) throws -> Data { Data([UInt8(imageID)]) }
    func imageIDs() throws -> [Int64] { [0, 1, 2, 3, 4] }
    func captions() throws -> [Caption] {
      [
        Caption(textID: 1, text: "猫", imageIDs: [0, 1, 2, 3]),
        Caption(textID: 2, text: "狗", imageIDs: [4]), Caption(textID: 3, text: "鸟", imageIDs: []),
      ]
    }
  }

  /// What an epoch draws.
  private static func epoch(_ source: some SampleSource, _ epoch: Int) throws -> [Sample] {
    try (0..<source.count).map { index in
      var random = AugmentationRandom(seed: 7, epoch: epoch, sample: index)
      return try source.sample(at: index, using: &random)
    }
  }

  @Test("unpaired: every picture once an epoch, with texts of all captions, drawn anew each epoch")
  func unpaired() throws {
    let source = try UnpairedSamples(Classes())
    let epochs = try (0..<40).map { try Self.epoch(source, $0) }
    for samples in epochs { #expect(samples.compactMap(\.imageID) == [0, 1, 2, 3, 4]) }
    let drawn = epochs.joined().compactMap { $0.texts.first?.id }
    for id in 1...3 as ClosedRange<Int64> {
      #expect((40...95).contains(drawn.count { $0 == id }), "of 200 draws of three texts")
    }
    #expect(Set(epochs.map { $0.map(\.texts.first?.id) }).count > 20)
    #expect(try Self.epoch(source, 3) == epochs[3])
    #expect(try source.imageData(for: 4) == Data([4]))
  }

  @Test(
    "unpaired: an epoch may be longer than the pictures, and pictures and texts are independent")
  func independent() throws {
    let source = try UnpairedSamples(Classes(), epoch: 3000)
    #expect(source.count == 3000)
    var counts: [[Double]] = Array(repeating: [0, 0, 0], count: 5)
    for sample in try Self.epoch(source, 1) {
      counts[Int(sample.imageID ?? 0)][Int(sample.texts[0].id) - 1] += 1
    }
    for row in counts { #expect(row.reduce(0, +) == 600) }
    var chiSquare = 0.0
    for column in 0..<3 {
      let expected = counts.map { $0[column] }.reduce(0, +) / 5
      for row in counts {
        chiSquare += (row[column] - expected) * (row[column] - expected) / expected
      }
    }
    // Eight degrees of freedom: one run in a thousand would be above, and this run is always the same.
    #expect(chiSquare < 26.1, "χ² \(chiSquare)")
  }

  /// Two pictures, one with three sentences.
  private struct Report: PairDataset {
    let source = "report"
    let pairCount = 4
    func pair(at index: Int) throws -> CaptionPair {
      CaptionPair(imageID: 0, textID: 0, text: "")
    }
    func imageData(for imageID: Int64) throws -> Data { Data() }
    func imageIDs() throws -> [Int64] { [0, 1, 2] }
    func captions() throws -> [Caption] {
      [
        Caption(textID: 1, text: "双肺纹理清晰。", imageIDs: [0, 1]),
        Caption(textID: 2, text: "the heart is not enlarged at all", imageIDs: [0]),
        Caption(textID: 3, text: "右侧胸腔少量积液", imageIDs: [0]),
      ]
    }
  }

  @Test(
    "drawn texts: a sentence of the picture's own, all alike often; without sentences, no sample")
  func drawnTexts() throws {
    let source = try DrawnTextSamples(Report())
    #expect(source.count == 2)
    #expect(try source.imageIDs() == [0, 1])
    let ids = try (0..<900).map { try Self.epoch(source, $0)[0].texts[0].id }
    for id in 1...3 as ClosedRange<Int64> {
      #expect((255...345).contains(ids.count { $0 == id }), "\(id): of 900 draws of three")
    }
    #expect(try Self.epoch(source, 5)[1].texts[0].id == 1)
  }

  @Test("a second view of a text has its id and its words, a little altered")
  func alteredTexts() throws {
    let source = try DrawnTextSamples(Report(), altersText: true)
    var different = 0
    for epoch in 0..<60 {
      let texts = try Self.epoch(source, epoch)[0].texts
      #expect(texts.count == 2 && texts[0].id == texts[1].id && !texts[1].text.isEmpty)
      if texts[0].text != texts[1].text { different += 1 }
      if texts[0].id == 2 {
        let words = Set(texts[0].text.split(separator: " "))
        #expect(Set(texts[1].text.split(separator: " ")).isSubset(of: words), "\(texts[1].text)")
      } else {
        #expect(Set(texts[1].text).isSubset(of: Set(texts[0].text)))
      }
    }
    #expect(different > 45)
  }

  @Test("prototypes: classes come equally often, with any of their pictures and sentences")
  func prototypes() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      #"{"text_id": 1, "texts": ["一只猫", "猫的照片"]}"#, to: "sentences.jsonl")
    let source = try PrototypeSamples(Classes(), sentences: file)
    #expect(source.count == 5)
    let samples = try (0..<40).flatMap { try Self.epoch(source, $0) }
    let cats = samples.filter { $0.texts.first?.id == 1 }
    #expect(cats.count == 120, "three of five: there are two classes with pictures")
    #expect(Set(cats.compactMap(\.imageID)) == [0, 1, 2, 3])
    #expect(Set(cats.compactMap { $0.texts.first?.text }) == ["一只猫", "猫的照片"])
    let dogs = samples.filter { $0.texts.first?.id == 2 }
    #expect(Set(dogs.compactMap(\.imageID)) == [4])
    #expect(Set(dogs.compactMap { $0.texts.first?.text }) == ["狗"])
    #expect(try Self.epoch(PrototypeSamples(Classes()), 0)[0].texts[0].text == "猫")
  }

  @Test("parallel texts: no pictures, and what the teacher reads")
  func parallel() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      """
      {"text_id": 5, "text": "一只猫", "taught": "a cat"}
      {"text_id": 9, "text": "一只狗", "taught": "a dog"}
      """, to: "parallel.jsonl")
    let source = try ParallelTextSamples(file)
    let samples = try Self.epoch(source, 0)
    #expect(samples.map(\.taught) == ["a cat", "a dog"])
    #expect(samples.map { $0.texts[0].id } == [5, 9])
    #expect(samples.allSatisfy { $0.imageID == nil })
    #expect(try source.imageIDs().isEmpty)
    #expect(throws: DataError.unknownImage(id: 1, source: file.path)) {
      try source.imageData(for: 1)
    }
  }

  @Test("a wrong line is named")
  func wrongLines() throws {
    let folder = try TemporaryFolder()
    func problem(_ text: String, _ open: (URL) throws -> Void) throws -> String {
      let file = try folder.write(text, to: "file.jsonl")
      do { try open(file) } catch { return "\(error)" }
      return ""
    }
    let parallel = try problem("{\"text_id\": 1, \"text\": \"a\", \"taught\": \"b\"}\n{}") {
      _ = try ParallelTextSamples($0)
    }
    #expect(parallel.contains("line 2: it is not {\"text_id\": …, \"text\": \"…\", \"taught\""))
    let unknown = try problem(#"{"text_id": 8, "texts": ["a"]}"#) {
      _ = try PrototypeSamples(Classes(), sentences: $0)
    }
    #expect(unknown.contains("line 1: classes has no text_id 8"))
    let empty = try problem(#"{"text_id": 1, "texts": []}"#) {
      _ = try PrototypeSamples(Classes(), sentences: $0)
    }
    #expect(empty.contains("it names no sentence"))
    #expect(try problem("") { _ = try ParallelTextSamples($0) }.contains("holds no texts"))
  }
}
