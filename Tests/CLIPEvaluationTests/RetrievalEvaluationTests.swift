import CLIPData
import CLIPEmbeddedModel
import CLIPEvaluation
import CLIPModels
import Foundation
import Testing

struct RetrievalEvaluationTests {
  /// A data set of captions alone.
  private struct Captions: PairDataset {
    let source = "test"
    let all: [Caption]
    let ids: [Int64]
    var pairCount: Int { all.reduce(0) { $0 + $1.imageIDs.count } }
    func pair(at index: Int) throws -> CaptionPair { throw DataError.invalidSetting("not needed") }
    func imageData(for imageID: Int64) throws -> Data {
      throw DataError.unknownImage(id: imageID, source: source)
    }
    func imageIDs() -> [Int64] { ids }
    func captions() -> [Caption] { all }
  }

  private func unit(_ axes: [Int]) -> Embeddings {
    Embeddings(
      dimension: 4, values: axes.flatMap { axis in (0..<4).map { $0 == axis ? 1 : 0 } })
  }

  @Test("both directions are counted over the whole set")
  func directions() throws {
    let evaluation = try RetrievalEvaluation(
      Captions(
        all: [
          Caption(textID: 1, text: "a", imageIDs: [10]),
          Caption(textID: 2, text: "b", imageIDs: [11, 12]),
          Caption(textID: 3, text: "c", imageIDs: []),
        ], ids: [10, 11, 12, 13]))
    let scores = try evaluation.scores(
      images: FeatureSet(ids: [10, 11, 12, 13], embeddings: unit([0, 1, 2, 3])),
      texts: FeatureSet(ids: [1, 2, 3], embeddings: unit([0, 2, 3])))
    // Text 3 has no answer; picture 11 is nearest to nothing and gets the first text.
    #expect(scores.textToImage[1] == 2.0 / 3)
    #expect(scores.imageToText[1] == 2.0 / 3)
    #expect(scores.imageToText[5] == 1)
    #expect(scores.imageToText.queryCount == 3)
    #expect(scores.json.hasPrefix(#"{"text_to_image": {"r1": 66.66666666666666, "r5": "#))
  }

  @Test("a picture that could not be read is never found and not asked")
  func missingPicture() throws {
    let evaluation = try RetrievalEvaluation(
      Captions(
        all: [
          Caption(textID: 1, text: "a", imageIDs: [10]),
          Caption(textID: 2, text: "b", imageIDs: [11]),
        ], ids: [10, 11]))
    let scores = try evaluation.scores(
      images: FeatureSet(ids: [10], embeddings: unit([0])),
      texts: FeatureSet(ids: [1, 2], embeddings: unit([0, 1])))
    #expect(scores.textToImage[10] == 0.5)
    #expect(scores.imageToText.queryCount == 1)
  }

  @Test("sets without answers and with repeated ids are refused")
  func refused() {
    #expect(throws: EvaluationError.self) {
      try RetrievalEvaluation(Captions(all: [], ids: [1]))
    }
    #expect(throws: EvaluationError.self) {
      try RetrievalEvaluation(
        Captions(all: [Caption(textID: 1, text: "a", imageIDs: [])], ids: [1]))
    }
    let twice = Caption(textID: 1, text: "a", imageIDs: [1])
    #expect { try RetrievalEvaluation(Captions(all: [twice, twice], ids: [1])) } throws: {
      "\($0)".contains("text_id 1")
    }
  }

  @Test("the embedded model evaluates a data set from pictures to recall")
  func embeddedModel() throws {
    let model = try CLIP.embedded()
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // One white and one red pixel as GIF files.
    let white = "R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs="
    let red = "R0lGODlhAQABAIAAAP8AAAAAACwAAAAAAQABAAACAkQBADs="
    try Data("1\t\(white)\n2\t\(red)\n".utf8).write(to: folder.appendingPathComponent("t_imgs.tsv"))
    try Data(
      """
      {"text_id": 1, "text": "白色", "image_ids": [1]}
      {"text_id": 2, "text": "红色", "image_ids": [2]}
      """.utf8
    ).write(to: folder.appendingPathComponent("t_texts.jsonl"))
    let evaluation = try RetrievalEvaluation(TSVDataset(directory: folder, split: "t"))
    let scores = try evaluation.run(model)
    #expect(scores.textToImage[5] == 1 && scores.imageToText[5] == 1)
    #expect(scores.imageCount == 2 && scores.textCount == 2)
    let pairs = [
      CaptionPair(imageID: 2, textID: 2, text: "红色"),
      CaptionPair(imageID: 1, textID: 2, text: "红色"),
    ]
    let cosines = try PairScores.scores(of: pairs, in: evaluation.dataset, model: model)
    #expect(
      cosines.count == 2 && cosines.allSatisfy { abs($0) <= 1.0001 } && cosines[0] != cosines[1])
  }
}
