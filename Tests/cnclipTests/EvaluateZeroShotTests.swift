import Foundation
import TestSupport
import Testing

@Suite("cnclip evaluate zeroshot, probe, wise")
struct EvaluateZeroShotTests {
  private static let pictures = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Demo/pictures")

  /// Four demo pictures as a data set.
  private func dataset(_ folder: TemporaryFolder, name: String = "demo") throws {
    try folder.write("老虎\n柠檬\n斑马\n企鹅\n", to: "\(name)/label_cn.txt")
    for (index, picture) in ["tiger", "lemon", "zebra", "penguin"].enumerated() {
      let data = try Data(contentsOf: Self.pictures.appending(path: "\(picture).jpg"))
      try folder.write(data, to: "\(name)/test/\(index)/\(picture).jpg")
      try folder.write(data, to: "\(name)/train/\(index)/\(picture).jpg")
    }
  }

  private func object(_ text: Substring) throws -> [String: Any] {
    try #require(
      JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test("JSON has the figures in fractions, and files have the original's form")
  func json() throws {
    let folder = try TemporaryFolder()
    try dataset(folder)
    try folder.write("[3, 2, 1, 0]", to: "demo/index.json")
    let outcome = try Command.run(
      [
        "evaluate", "zeroshot", "--data", "demo", "--json", "--quiet", "--files", "out",
        "--submission", "all_predictions.zip", "--confusion", "confusion.svg",
      ], in: folder.url)
    #expect(outcome.status == 0, "\(outcome)")
    let result = try object(try #require(outcome.lines.first))
    #expect(result["top1"] as? Double == 1 && result["top5"] as? Double == 1)
    #expect(result["mean_per_class"] as? Double == 1)
    #expect(result["images"] as? Int == 4 && result["classes"] as? Int == 4)
    let file = try object(
      Substring(
        String(contentsOf: folder.url.appending(path: "out/demo.json"), encoding: .utf8)))
    #expect(file["dataset_name"] as? String == "demo")
    let rows = try #require((file["predictions"] as? [[[Double]]])?.first)
    #expect(rows.count == 4)
    // index.json turned the order around.
    #expect(rows.map { $0.firstIndex(of: $0.max() ?? 0) } == [3, 2, 1, 0])
    #expect(folder.content.contains("all_predictions.zip"))
    #expect(
      try String(contentsOf: folder.url.appending(path: "confusion.svg"), encoding: .utf8)
        .contains("斑马"))
  }

  @Test(
    "Unreadable pictures and empty classes are named; predictions that would be shifted are not written"
  )
  func damage() throws {
    let folder = try TemporaryFolder()
    try dataset(folder)
    try folder.write("no picture", to: "demo/test/1/broken.jpg")
    try FileManager.default.removeItem(at: folder.url.appending(path: "demo/test/2/zebra.jpg"))
    let outcome = try Command.run(
      ["evaluate", "zeroshot", "--data", "demo", "--json"], in: folder.url)
    #expect(outcome.status == 3, "\(outcome)")
    #expect(outcome.errors.contains("broken.jpg"))
    #expect(outcome.errors.contains("the label '斑马' holds no pictures"))
    #expect(try object(try #require(outcome.lines.first))["images"] as? Int == 3)
    let files = try Command.run(
      ["evaluate", "zeroshot", "--data", "demo", "--files", "out"], in: folder.url)
    #expect(files.status == 1 && files.errors.contains("would be shifted"), "\(files)")
    #expect(!folder.content.contains("out"))
  }

  @Test("A label without folder is named")
  func mismatch() throws {
    let folder = try TemporaryFolder()
    try dataset(folder)
    try FileManager.default.removeItem(at: folder.url.appending(path: "demo/test/2"))
    let outcome = try Command.run(
      ["evaluate", "zeroshot", "--data", "demo"], in: folder.url)
    #expect(outcome.status == 1 && outcome.errors.contains("line 3 (斑马)"), "\(outcome)")
  }

  @Test("A template file and every ensemble give an answer; a template without {} does not")
  func templates() throws {
    let folder = try TemporaryFolder()
    try dataset(folder)
    try folder.write("{}\n一张{}的照片\n", to: "good.txt")
    try folder.write("一张照片\n", to: "bad.txt")
    for ensemble in ["mean-embedding", "mean-similarity", "mean-probability", "maximum"] {
      let outcome = try Command.run(
        [
          "evaluate", "zeroshot", "--data", "demo", "--templates", "good.txt", "--ensemble",
          ensemble,
          "--json", "--quiet",
        ], in: folder.url)
      #expect(outcome.status == 0 && outcome.output.contains("\"top1\": 1.0"), "\(outcome)")
    }
    let bad = try Command.run(
      ["evaluate", "zeroshot", "--data", "demo", "--templates", "bad.txt"], in: folder.url)
    #expect(bad.status == 1 && bad.errors.contains("bad.txt, line 1"), "\(bad)")
  }

  @Test("Probes of pictures that were learned from are right, and say how they were chosen")
  func probe() throws {
    let folder = try TemporaryFolder()
    try dataset(folder)
    let outcome = try Command.run(
      [
        "evaluate", "probe", "--data", "demo", "--neighbors", "1", "--shots", "1", "--seeds", "0,1",
        "--json", "--quiet", "--files", "out",
      ], in: folder.url)
    #expect(outcome.status == 0, "\(outcome)")
    let line = try #require(outcome.lines.first)
    let results = try #require(object(line)["results"] as? [[String: Any]])
    #expect(
      results.map { $0["method"] as? String } == [
        "zero shot", "k-NN", "linear probe", "1 shot",
      ])
    #expect(results.allSatisfy { $0["top1"] as? Double == 1 })
    #expect(results.last?["runs"] as? Int == 2)
    let file = try object(
      Substring(
        String(contentsOf: folder.url.appending(path: "out/demo-1shot.json"), encoding: .utf8)))
    #expect(file["n_shot"] as? Int == 1 && file["rnd_seeds"] as? [Int] == [0, 1])
  }

  @Test("Between a model and itself there is only itself, and the curve is a picture")
  func wise() throws {
    let folder = try TemporaryFolder()
    try dataset(folder)
    let model = Self.pictures.deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Sources/CLIPEmbeddedModel/Resources/EmbeddedModel").path
    let outcome = try Command.run(
      [
        "evaluate", "wise", "--tuned", model, "--data", "demo", "--steps", "2", "--json", "--quiet",
        "--curve", "wise.svg",
      ], in: folder.url)
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.lines.count == 3)
    #expect(outcome.lines.allSatisfy { $0.contains("\"demo\": 1.0") }, "\(outcome)")
    #expect(folder.content.contains("wise.svg"))
  }

  @Test("Pairs become class folders that are measured, and what is left out is named")
  func classes() throws {
    let folder = try TemporaryFolder()
    var lines = ""
    for (index, picture) in ["tiger", "lemon"].enumerated() {
      let data = try Data(contentsOf: Self.pictures.appending(path: "\(picture).jpg"))
      lines += "\(index)\t\(data.base64EncodedString())\n"
    }
    try folder.write(lines + "2\tAAAA\n", to: "pairs/test_imgs.tsv")
    try folder.write(
      """
      {"text_id": 0, "text": "老虎", "image_ids": [0]}
      {"text_id": 1, "text": "柠檬", "image_ids": [1]}
      {"text_id": 2, "text": "动物", "image_ids": [0, 2]}

      """, to: "pairs/test_texts.jsonl")
    let made = try Command.run(
      ["dataset", "classes", "pairs", "--output", "classes"], in: folder.url)
    #expect(made.status == 3, "\(made)")
    #expect(made.errors.contains("picture 2 of test is no picture"))
    #expect(made.output == "test: 2 pictures, 2 of 3 labels\n")
    let outcome = try Command.run(
      ["evaluate", "zeroshot", "--data", "classes", "--json", "--quiet"], in: folder.url)
    #expect(outcome.status == 0, "\(outcome)")
    #expect(try object(try #require(outcome.lines.first))["top1"] as? Double == 1)
    let again = try Command.run(
      ["dataset", "classes", "pairs", "--output", "classes"], in: folder.url)
    #expect(again.status == 1 && again.errors.contains("already there"), "\(again)")
  }
}
