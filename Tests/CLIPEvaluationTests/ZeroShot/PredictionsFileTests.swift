import CLIPEmbeddedModel
import CLIPEvaluation
import CLIPModels
import Foundation
import TestSupport
import Testing

@Suite("Predictions for the leaderboard")
struct PredictionsFileTests {
  private func file() throws -> PredictionsFile {
    let scores = try LabelScores(
      [0.12345649, 0.87654351, 1, 0, 0.0000004, 0.000012], labelCount: 2, targets: [0, 1, 1])
    return PredictionsFile(scores, of: try CLIP.embedded(), dataset: "eurosat_clip")
  }

  @Test("Keys, their order, shapes and rounding are the original's")
  func content() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "p.json")
    let file = try file()
    try file.write(to: url)
    let text = try String(contentsOf: url, encoding: .utf8)
    #expect(
      text == """
        {"model_name": "CN-CLIP-\(try CLIP.embedded().name)", "dataset_name": "eurosat_clip", \
        "num_trainable_params": 0, "num_params": \(file.parameterCount), \
        "num_visual_params": \(file.visualParameterCount), \
        "num_backbone_params": \(file.parameterCount), "n_shot": 0, "rnd_seeds": [123], \
        "predictions": [[[0.123456, 0.876544], [1.0, 0.0], [0.0, 1.2e-05]]]}
        """)
    #expect(file.visualParameterCount > 0 && file.visualParameterCount < file.parameterCount)
  }

  @Test("An index puts the rows in another order, and only a permutation is one")
  func order() throws {
    let folder = try TemporaryFolder()
    let index = try folder.write("[2, 0, 1]", to: "index.json")
    #expect(try PredictionsFile.order(in: index, count: 3) == [2, 0, 1])
    let url = folder.url.appending(path: "p.json")
    try file().write(to: url, order: [2, 0, 1])
    #expect(try String(contentsOf: url, encoding: .utf8).contains("[[[0.0, 1.2e-05], [0.123456"))
    for wrong in ["[0, 1]", "[0, 1, 3]", "[0, 0, 1]", "{}", "[0.5]"] {
      let file = try folder.write(wrong, to: "wrong.json")
      #expect(throws: EvaluationError.self) { try PredictionsFile.order(in: file, count: 3) }
    }
  }

  @Test("Several data sets become one archive that Python reads")
  func package() throws {
    let folder = try TemporaryFolder()
    let files = ["a", "b"].map { folder.url.appending(path: "\($0).json") }
    for url in files { try file().write(to: url) }
    let zip = folder.url.appending(path: "all_predictions.zip")
    try SubmissionPackage.write(files, to: zip)
    let python = Process()
    python.executableURL = URL(filePath: "/usr/bin/env")
    python.arguments = [
      "python3", "-c",
      """
      import json, sys, zipfile
      z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None
      assert z.namelist() == ["all_predictions.json"]
      data = json.loads(z.read("all_predictions.json"))["data"]
      assert len(data) == 2 and data[1]["predictions"][0][0] == [0.123456, 0.876544]
      """, zip.path,
    ]
    try python.run()
    python.waitUntilExit()
    #expect(python.terminationStatus == 0)
    try folder.write("no predictions", to: "c.json")
    #expect(throws: EvaluationError.self) {
      try SubmissionPackage.write([folder.url.appending(path: "c.json")], to: zip)
    }
  }
}
