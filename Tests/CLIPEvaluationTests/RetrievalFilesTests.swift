import CLIPEvaluation
import CLIPModels
import Foundation
import Testing

struct RetrievalFilesTests {
  private func features() throws -> (images: FeatureSet, texts: FeatureSet) {
    (
      try FeatureFile.read(Fixture.url("small_imgs.img_feat.jsonl"), field: "image_id"),
      try FeatureFile.read(Fixture.url("small_texts.txt_feat.jsonl"), field: "text_id")
    )
  }

  @Test("predictions equal the original's byte for byte, ties included, both ways")
  func predictions() throws {
    let (images, texts) = try features()
    for (rankings, direction, name) in [
      (try texts.rankings(in: images, 10), RetrievalDirection.textToImage, "predictions.jsonl"),
      (try images.rankings(in: texts, 10), .imageToText, "predictions.tr.jsonl"),
    ] {
      let file = temporaryFile(name)
      defer { try? FileManager.default.removeItem(at: file) }
      try RankingFile.write(rankings, direction: direction, to: file)
      #expect(try Data(contentsOf: file) == Data(contentsOf: Fixture.url(name)))
    }
  }

  @Test("annotations are inverted as by the original, byte for byte")
  func inversion() throws {
    let (direction, rankings) = try RankingFile.read(Fixture.url("small_texts.jsonl"))
    #expect(direction == .textToImage)
    let file = temporaryFile("tr.jsonl")
    defer { try? FileManager.default.removeItem(at: file) }
    try RankingFile.write(rankings.inverted(), direction: direction.reversed, to: file)
    #expect(try Data(contentsOf: file) == Data(contentsOf: Fixture.url("small_texts.tr.jsonl")))
  }

  @Test(
    "recall equals the original's JSON byte for byte, both ways",
    arguments: [
      ("small_texts.jsonl", "predictions.jsonl", "recall.json"),
      ("small_texts.tr.jsonl", "predictions.tr.jsonl", "recall.tr.json"),
    ])
  func recall(reference: String, predictions: String, result: String) throws {
    let (direction, answers) = try RankingFile.read(Fixture.url(reference))
    let (_, found) = try RankingFile.read(Fixture.url(predictions), direction: direction)
    try SubmissionRules.check(found, direction: direction)
    let recall = try Recall(
      of: found, against: RetrievalReference(direction: direction, answers))
    #expect(
      try recall.originalJSON == String(contentsOf: Fixture.url(result), encoding: .utf8))
  }

  @Test("features survive writing and reading; NumPy's types are read")
  func featureFiles() throws {
    let (images, _) = try features()
    let file = temporaryFile("features.jsonl")
    defer { try? FileManager.default.removeItem(at: file) }
    let odd = try FeatureSet(
      ids: [7_454_547_004, -1],
      embeddings: Embeddings(
        dimension: 3, values: [0.1, -1e-30, 3.4e38, 1 / 3, -0.0, .leastNonzeroMagnitude]))
    try FeatureFile.write(odd, field: "text_id", to: file)
    let read = try FeatureFile.read(file, field: "text_id")
    #expect(read.ids == odd.ids && read.embeddings.values == odd.embeddings.values)
    for name in ["images.npy", "images.half.npy", "images.double.npy"] {
      let matrix = try FeatureFile.read(
        Fixture.url(name), field: "image_id", ids: Fixture.url("small_imgs.img_feat.jsonl"))
      #expect(matrix.ids == images.ids)
      #expect(matrix.embeddings.values == images.embeddings.values)
    }
    #expect(try FeatureFile.read(Fixture.url("images.npy"), field: "image_id").ids == Array(0..<40))
  }

  @Test(
    "a wrong line is named by its number",
    arguments: [
      (
        #"{"image_id": 1, "feature": [1, 2]}"# + "\n" + #"{"image_id": 2, "feature": [1]}"#,
        "line 2"
      ),
      (#"{"image_id": 1, "feature": [1, NaN]}"#, "NaN"),
      (#"{"image_id": 1}"#, "\"feature\" is missing"),
      (#"{"text_id": 1, "feature": [1]}"#, "\"image_id\" is missing"), ("", "no features"),
      (#"{"image_id": "a.jpg", "feature": [1]}"#, "a.jpg"),
      (#"{"image_id": 1, "feature": []}"#, "line 1"),
      (#"{"image_id": 1, "feature": [1, 2}"#, "line 1"),
      (#"{"image_id": 1, "feature": [1e999]}"#, "finite"),
    ])
  func wrongFeatures(content: String, message: String) throws {
    let file = temporaryFile("features.jsonl")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(content.utf8).write(to: file)
    #expect {
      try FeatureFile.read(file, field: "image_id")
    } throws: {
      "\($0)".contains(message)
    }
  }

  @Test("damaged NumPy files are errors")
  func damagedMatrices() throws {
    let whole = try Data(contentsOf: Fixture.url("images.npy"))
    let file = temporaryFile("m.npy")
    defer { try? FileManager.default.removeItem(at: file) }
    var contents = [0, 5, 11, 40, 127, 128, whole.count - 1].map { Data(whole.prefix($0)) }
    for (old, new) in [
      ("(40, 8)", "(40, 9)"), ("False", "True "), ("<f4", "<i4"), ("(40, 8)", "(40,)  "),
    ] {
      var changed = whole
      if let range = whole.firstRange(of: Data(old.utf8)) {
        changed.replaceSubrange(range, with: Data(new.utf8))
      }
      #expect(changed != whole)
      contents.append(changed)
    }
    for content in contents {
      try content.write(to: file)
      #expect(throws: EvaluationError.self) { try FeatureFile.read(file, field: "image_id") }
    }
  }

  @Test("predictions of the other direction are told as such")
  func otherDirection() {
    #expect {
      try RankingFile.read(Fixture.url("predictions.tr.jsonl"), direction: .textToImage)
    } throws: {
      "\($0)".contains("line 1: expected text_id with image_ids, found image_id with text_ids")
    }
  }

  @Test(
    "a wrong prediction file is named by its line",
    arguments: [
      ("{\"text_id\": 1, \"image_ids\": [1]}\n{", "line 2"),
      ("{\"text_id\": 1}", "\"image_ids\" is missing"),
      ("{\"image_ids\": [1]}", "\"text_id\" is missing"),
      ("{\"text_id\": 1.5, \"image_ids\": [1]}", "line 1"),
      ("{\"text_id\": 1, \"image_ids\": 5}", "list in brackets"), ("\n", "no lines"),
    ])
  func wrongPredictions(content: String, message: String) throws {
    let file = temporaryFile("predictions.jsonl")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(content.utf8).write(to: file)
    #expect {
      try RankingFile.read(file)
    } throws: {
      "\($0)".contains(message)
    }
  }
}
