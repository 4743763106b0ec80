import Foundation
import TestSupport
import Testing

@Suite("Checkpoints as other programs leave them")
struct CheckpointVariantsTests {
  private func embed(_ tiny: TinyModel, _ model: String) throws -> Command.Outcome {
    try tiny.run("embed", "texts", "data/vocab.txt", "--model", model)
  }

  /// Adds what another program adds, and expects the same vectors.
  private func expectSame(_ change: (inout Safetensors) throws -> Void) throws {
    let tiny = try TinyModel()
    try tiny.copy("changed", change)
    let (expected, found) = (try embed(tiny, tiny.path), try embed(tiny, "changed"))
    #expect(found.status == 0 && found.output == expected.output, "\(found)")
    #expect(!expected.output.isEmpty)
    // Without a configuration beside it, names and shapes have to tell.
    let file = tiny.folder.url.appending(path: "changed/model.safetensors").path
    let inspected = try tiny.run("inspect", file)
    #expect(inspected.status == 0 && inspected.output.contains("Chinese-CLIP"), "\(inspected)")
    let converted = try tiny.run("convert", "changed", "to.pt")
    #expect(converted.status == 0, "\(converted)")
    let back = try tiny.run("convert", "to.pt", "back", "--vocab", "data/vocab.txt")
    #expect(back.status == 0, "\(back)")
    #expect(try embed(tiny, "back").output == expected.output)
  }

  @Test("a temperature of shape [1] is a scalar, and what is converted from it loads")
  func scale() throws {
    try expectSame { $0.header["logit_scale"]?["shape"] = [1] }
    try expectSame { $0.header["logit_scale"]?["shape"] = [1, 1] }
  }

  @Test(
    "prefixes of trainers are read",
    arguments: [
      "model.", "module.", "_orig_mod.", "module.model._orig_mod.", "_forward_module.clip.",
    ])
  func prefixes(prefix: String) throws {
    try expectSame { $0.rename { prefix + $0 } }
  }

  @Test("parts of names from compiled or sharded towers are read")
  func parts() throws {
    try expectSame { $0.rename { $0.replacing("visual.", with: "visual._orig_mod.") } }
    try expectSame {
      $0.rename {
        $0.replacing("encoder.layer.1.", with: "encoder.layer.1._checkpoint_wrapped_module.")
      }
    }
  }

  @Test("numbers, lists and truth values among the facts of a safetensors file do no harm")
  func facts() throws {
    try expectSame {
      $0.header["__metadata__"] = [
        "epoch": 3, "loss": -1.5e-3, "done": true, "nothing": NSNull(), "list": [1, ["a": "]}"]],
        "format": "pt",
      ]
    }
  }

  @Test("two models in one file are named")
  func several() throws {
    let tiny = try TinyModel()
    try tiny.copy("both") { file in
      for (name, entry) in file.header where name != "__metadata__" {
        file.header["student." + name] = entry
        file.header[name] = nil
        // Both would share bytes, which the format forbids.
        var other = entry
        let offsets = entry["data_offsets"] as? [Int] ?? [0, 0]
        other["data_offsets"] = offsets.map { $0 + file.body.count }
        file.header["teacher." + name] = other
      }
      file.body += file.body
    }
    let outcome = try tiny.run(
      "embed", "texts", "data/vocab.txt", "--model", "both/model.safetensors")
    #expect(outcome.status == 1, "\(outcome)")
    #expect(outcome.errors.contains("2 models, under the names student., teacher."), "\(outcome)")
  }

  @Test("a vocabulary that is not the model's is refused with both numbers")
  func vocabulary() throws {
    let tiny = try TinyModel()
    let lines = String(decoding: TinyPairs.vocabularyBytes, as: UTF8.self).split(separator: "\n")
    for (name, changed, count) in [
      ("cut", Array(lines.dropLast(20)), 40), ("long", lines + ["x"], 61),
      ("doubled", lines + lines, 120),
    ] {
      try tiny.copy(name)
      try tiny.folder.write(changed.joined(separator: "\n"), to: "\(name)/vocab.txt")
      let outcome = try embed(tiny, name)
      #expect(outcome.status == 1, "\(outcome)")
      #expect(outcome.errors.contains("has \(count) entries"), "\(outcome)")
      #expect(outcome.errors.contains("expects 60"), "\(outcome)")
    }
    // Without its own the model would be read with Google's 21,128 pieces.
    try tiny.copy("without")
    try FileManager.default.removeItem(at: tiny.folder.url.appending(path: "without/vocab.txt"))
    let outcome = try embed(tiny, "without")
    #expect(outcome.status == 1 && outcome.errors.contains("21128"), "\(outcome)")
    // A byte-order mark and Windows' line ends are no pieces.
    try tiny.copy("windows")
    try tiny.folder.write(
      "\u{FEFF}" + lines.joined(separator: "\r\n") + "\r\n", to: "windows/vocab.txt")
    #expect(try embed(tiny, "windows").output == embed(tiny, tiny.path).output)
  }

  @Test("pieces that stand elsewhere than a Hugging Face folder says are refused")
  func order() throws {
    let tiny = try TinyModel()
    var lines = String(decoding: TinyPairs.vocabularyBytes, as: UTF8.self).split(separator: "\n")
    let converted = try tiny.run("convert", tiny.path, "hf", "--to", "huggingface")
    #expect(converted.status == 0, "\(converted)")
    #expect(try embed(tiny, "hf").status == 0)
    lines.swapAt(0, 5)
    try tiny.folder.write(lines.joined(separator: "\n"), to: "hf/vocab.txt")
    let settings = tiny.folder.url.appending(path: "hf/config.json")
    let text = try String(contentsOf: settings, encoding: .utf8)
    try tiny.folder.write(
      text.replacing(
        #""text_config" : {"#, with: #""text_config" : { "pad_token_id": 0,"#), to: "hf/config.json"
    )
    let padding = try embed(tiny, "hf")
    #expect(padding.status == 1 && padding.errors.contains("[PAD] as entry 5"), "\(padding)")
    lines.swapAt(0, 5)
    lines.swapAt(2, 7)
    try tiny.folder.write(lines.joined(separator: "\n"), to: "hf/vocab.txt")
    try tiny.folder.write(
      #"{"added_tokens_decoder": {"0": {"content": "[PAD]"}, "2": {"content": "[CLS]"}}}"#,
      to: "hf/tokenizer_config.json")
    let other = try embed(tiny, "hf")
    #expect(other.status == 1 && other.errors.contains("[CLS] as entry 7"), "\(other)")
  }

  @Test("a format that cannot hold a model is an error, and nothing stays behind")
  func refused() throws {
    let tiny = try TinyModel()
    let before = Set(tiny.folder.content)
    // EfficientNet: neither the original nor transformers has it in this model.
    let small = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
      .appending(path: "Sources/CLIPEmbeddedModel/Resources/EmbeddedModel").path
    for format in ["pt", "huggingface"] {
      let outcome = try tiny.run("convert", small, "out.\(format)", "--to", format)
      #expect(outcome.status == 1 && outcome.errors.contains("not"), "\(outcome)")
    }
    #expect(Set(tiny.folder.content) == before)
  }
}
