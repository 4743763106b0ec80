import Foundation
import TestSupport
import Testing

@Suite("cnclip export")
struct ExportTests {
  @Test("writes the files that scripts rely on, a table, and recall beside the model's")
  func contract() throws {
    let tiny = try TinyModel()
    let outcome = try tiny.run(
      "export", "onnx", "--model", tiny.path, "--output", "out", "--precision", "fp16", "--name",
      "tiny", "--data", "data")
    #expect(outcome.status == 0, "\(outcome)")
    #expect(tiny.has("out/tiny.img.fp16.onnx") && tiny.has("out/tiny.txt.fp16.onnx"), "\(outcome)")
    #expect(outcome.lines.count { $0.hasPrefix("image  ") || $0.hasPrefix("image ") } >= 4)
    let recall = outcome.lines.filter { $0.hasPrefix("text → image") }
    #expect(recall.count == 2 && recall[0].contains(" model ") && recall[1].contains(" exported "))
    let inspected = try tiny.run("inspect", "out/tiny.txt.fp16.onnx")
    #expect(inspected.output.contains("text int32 [batch, 12]"), "\(inspected)")
    #expect(inspected.output.contains("unnorm_text_features float [batch, 16]"), "\(inspected)")
    let json = try tiny.run("inspect", "out/tiny.img.fp16.onnx", "--json")
    let facts = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    #expect(facts?["opset"] as? Int == 18)
  }

  @Test("unit vectors are an embedding, and a fixed batch is fixed")
  func options() throws {
    let tiny = try TinyModel()
    let outcome = try tiny.run(
      "export", "onnx", "--model", tiny.path, "--output", "out", "--normalize", "--batch", "2",
      "--only", "image", "--name", "tiny")
    #expect(outcome.status == 0, "\(outcome)")
    #expect(!tiny.has("out/tiny.txt.fp32.onnx"))
    let inspected = try tiny.run("inspect", "out/tiny.img.fp32.onnx")
    #expect(inspected.output.contains("image float [2, 3, 16, 16]"), "\(inspected)")
    #expect(inspected.output.contains("embedding float [2, 16]"), "\(inspected)")
  }

  @Test("what cannot be done is a sentence, an exit code, and no file")
  func refusals() throws {
    let tiny = try TinyModel()
    for (arguments, status, sentence) in [
      (["--opset", "11"], 1, "from 17 to 25"), (["--context-length", "99"], 1, "from 2 to 16"),
      (["--split", "valid"], 64, "--data"), (["--layout", "immich"], 1, "16 numbers"),
      (["--layout", "triton", "--batch", "4"], 1, "any batch"),
      (["--data", "data", "--only", "text"], 64, "both encoders"),
    ] as [([String], Int32, String)] {
      let outcome = try Command.run(
        ["export", "onnx", "--model", tiny.path, "--output", "out"] + arguments,
        in: tiny.folder.url)
      #expect(outcome.status == status && outcome.errors.contains(sentence), "\(outcome)")
      #expect(!tiny.has("out"), "\(arguments)")
    }
    let stranger = try tiny.run("inspect", "picture.bmp.onnx")
    #expect(stranger.status == 1, "\(stranger)")
  }
}
