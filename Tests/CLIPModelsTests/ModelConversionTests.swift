import CLIPModels
import CLIPText
import Checkpoints
import Foundation
import TestSupport
import Testing
import TorchNN

@Suite("Converting models")
struct ModelConversionTests {
  /// The tiny model of the fixtures, whose heads its tensors do not tell.
  private func model(_ name: String = "chinese-clip.pt") throws -> ModelFiles {
    let described = try ModelFiles.open(.folder(checkpointFixture("hf")))
    let opened = try Checkpoint.open(checkpointFixture(name))
    let (checkpoint, report) = try opened.native()
    return ModelFiles(
      configuration: described.configuration, checkpoint: checkpoint, family: opened.family,
      report: report, tokenizer: described.tokenizer)
  }

  /// Opens a file or folder; a file has no vocabulary, so it gets the tiny model's.
  private func open(_ url: URL) throws -> ModelFiles {
    let described = try ModelFiles.open(.folder(checkpointFixture("hf")))
    return try ModelFiles.open(
      ModelSource(url.path), tokenizer: url.pathExtension == "pt" ? described.tokenizer : nil)
  }

  @Test("every way round ends with the bits and facts it began with")
  func roundTrips() throws {
    let folder = try TemporaryFolder()
    var model = try model()
    let tokenizer = model.tokenizer
    let configuration = model.configuration
    let reference = try model.checkpoint.content()
    let steps: [ModelConversion.Target] = [
      .huggingFace, .pyTorch, .native, .huggingFace, .native, .pyTorch, .pyTorch,
    ]
    for (index, step) in steps.enumerated() {
      let output = folder.url.appendingPathComponent("\(index)\(step == .pyTorch ? ".pt" : "")")
      try ModelConversion(to: step).convert(model, to: output)
      model = try open(output)
      #expect(
        model.family
          == (step == .pyTorch
            ? .chineseCLIP : step == .huggingFace ? .huggingFaceChineseCLIP : .native))
      // What tensors do not tell is carried along; a folder is called by its own name.
      #expect(model.configuration.image == configuration.image, "step \(index)")
      #expect(model.configuration.text == configuration.text, "step \(index)")
      #expect(try model.checkpoint.content() == reference, "step \(index)")
      #expect(model.checkpoint.metadata["epoch"]?.integerValue == 3)
      #expect(model.checkpoint.metadata["name"]?.description == "tiny")
      model.tokenizer = tokenizer
    }
  }

  @Test("a description beside the tensors that contradicts them is not believed")
  func storedDescription() throws {
    let folder = try TemporaryFolder()
    let output = folder.url.appendingPathComponent("model.pt")
    try ModelConversion(to: .pyTorch).convert(try model(), to: output)
    let checkpoint = try Checkpoint.open(output)
    let text = try #require(checkpoint.metadata["architecture"]).description
    let lying = folder.url.appendingPathComponent("lying.pt")
    try checkpoint.replacing(
      checkpoint.entries,
      metadata: ["architecture": .string(text.replacing("\"layers\" : 2", with: "\"layers\" : 3"))]
    ).writePyTorch(to: lying)
    #expect(try open(output).configuration == self.model().configuration)
    #expect(message { _ = try open(lying) }.contains("the number of whose heads"))
  }

  @Test("a Hugging Face folder has everything that transformers asks for")
  func huggingFaceFolder() throws {
    let folder = try TemporaryFolder()
    let output = folder.url.appendingPathComponent("hf")
    try ModelConversion(to: .huggingFace).convert(
      try open(checkpointFixture("hf-shards")), to: output)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: output.path).sorted() == [
        "config.json", "model.safetensors", "preprocessor_config.json", "tokenizer_config.json",
        "vocab.txt",
      ])
    #expect(
      try Checkpoint.open(output).content() == Checkpoint.open(checkpointFixture("hf")).content())
    let image = try String(
      contentsOf: output.appendingPathComponent("preprocessor_config.json"), encoding: .utf8)
    #expect(image.contains(#""size": {"height": 8, "width": 8}"#))
    #expect(folder.content == ["hf"])
    #expect(
      try open(output).configuration.preprocessing
        == open(checkpointFixture("hf-shards")).configuration.preprocessing)
  }

  @Test("half precision takes matrices and leaves vectors and the temperature")
  func precision() throws {
    let folder = try TemporaryFolder()
    let half = folder.url.appendingPathComponent("half.pt")
    let full = folder.url.appendingPathComponent("full.pt")
    let model = try model()
    try ModelConversion(to: .pyTorch, precision: .float16).convert(model, to: half)
    let reduced = try Checkpoint.open(half)
    #expect(reduced["visual.conv1.weight"]?.elementType == .float16)
    #expect(reduced["logit_scale"]?.elementType == .float32)
    #expect(reduced["visual.ln_pre.bias"]?.elementType == .float32)
    var opened = try open(half)
    opened.tokenizer = model.tokenizer
    try ModelConversion(to: .pyTorch, precision: .float32).convert(opened, to: full)
    // The fixture's numbers are exact in half precision, so nothing is lost.
    #expect(try Checkpoint.open(full).content() == model.checkpoint.content())
  }

  @Test("an existing output, unknown tensors, another vocabulary and lost heads are refused")
  func refusals() throws {
    let folder = try TemporaryFolder()
    var model = try model()
    let taken = try folder.write([1], to: "taken.pt")
    #expect(
      message { try ModelConversion(to: .pyTorch).convert(model, to: taken) }
        .contains("exists already"))
    #expect(
      message { try ModelConversion(to: .native).convert(model, to: folder.url) }
        .contains("exists already"))
    #expect(
      message { _ = try open(checkpointFixture("chinese-clip.pt")) }
        .contains("the number of whose heads its tensors do not tell"))
    #expect(message { _ = try open(checkpointFixture("views.pt")) }.contains("not recognised"))
    let output = folder.url.appendingPathComponent("out")
    model.tokenizer = try BERTTokenizer(vocabulary: .bundled())
    #expect(
      message { try ModelConversion(to: .native).convert(model, to: output) }
        .contains("has 21128 entries, but the text encoder expects 24"))
    #expect(folder.content == ["taken.pt"])
  }

  @Test("a configuration that contradicts the tensors, or other mathematics, is refused")
  func contradictions() throws {
    let folder = try TemporaryFolder()
    let output = folder.url.appendingPathComponent("out.pt")
    func refusal(_ change: (inout BERT.Configuration) -> Void) throws -> String {
      var model = try model()
      guard var bert = model.configuration.text.tower as? BERT.Configuration else {
        return "no BERT"
      }
      change(&bert)
      model.configuration.text = .bert(bert)
      return message { try ModelConversion(to: .pyTorch).convert(model, to: output) }
    }
    #expect(
      try refusal { $0.vocabularySize = 25 }.contains("word_embeddings.weight"))
    #expect(try refusal { $0.activation = .relu }.contains("quick_gelu and gelu with epsilons"))
    #expect(try refusal { _ in } == "")
  }
}
