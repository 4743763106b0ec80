import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("Converting checkpoints")
struct CheckpointConversionTests {
  private func heads() throws -> ArchitectureHint {
    var hint = try Checkpoint.open(fixture("chinese-clip.pt")).native().checkpoint.architecture
    hint.vision?.heads = 2
    hint.text?.heads = 2
    return hint
  }

  private func vocabulary() throws -> Data { try Data(contentsOf: fixture("vocab.txt")) }

  @Test("every way round ends with the bits and facts it began with")
  func roundTrips() throws {
    let folder = try TemporaryFolder()
    let start = try fixture("chinese-clip.pt")
    let reference = try Checkpoint.open(start).native().checkpoint
    var previous = start
    let steps: [CheckpointConversion.Target] = [
      .huggingFace, .pyTorch, .native, .huggingFace, .native, .pyTorch, .pyTorch,
    ]
    for (index, step) in steps.enumerated() {
      // Only the first step needs to be told what tensors do not say; it is carried along.
      let conversion = CheckpointConversion(
        to: step, vocabulary: try vocabulary(), architecture: index == 0 ? try heads() : nil)
      let output = folder.url.appendingPathComponent("\(index)\(step == .pyTorch ? ".pt" : "")")
      let report = try conversion.convert(previous, to: output)
      #expect(report.architecture.vision?.heads == 2)
      let again = try Checkpoint.open(output)
      #expect(
        again.family
          == (step == .pyTorch
            ? .chineseCLIP : step == .huggingFace ? .huggingFaceChineseCLIP : .native))
      #expect(try again.native().checkpoint.content() == reference.content(), "step \(index)")
      #expect(again.metadata["epoch"]?.integerValue == 3)
      #expect(again.metadata["name"]?.description == "tiny")
      previous = output
    }
  }

  @Test("a Hugging Face folder has everything that transformers asks for")
  func huggingFaceFolder() throws {
    let folder = try TemporaryFolder()
    let output = folder.url.appendingPathComponent("hf")
    _ = try CheckpointConversion(to: .huggingFace)
      .convert(try fixture("hf-shards"), to: output)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: output.path).sorted() == [
        "config.json", "model.safetensors", "preprocessor_config.json", "tokenizer_config.json",
        "vocab.txt",
      ])
    #expect(try Checkpoint.open(output).content() == Checkpoint.open(fixture("hf")).content())
    let image = try String(
      contentsOf: output.appendingPathComponent("preprocessor_config.json"), encoding: .utf8)
    #expect(image.contains(#""size": {"height": 8, "width": 8}"#))
    #expect(folder.content == ["hf"])
  }

  @Test("half precision takes matrices and leaves vectors and the temperature")
  func precision() throws {
    let folder = try TemporaryFolder()
    let half = folder.url.appendingPathComponent("half.pt")
    let full = folder.url.appendingPathComponent("full.pt")
    _ = try CheckpointConversion(to: .pyTorch, precision: .float16)
      .convert(try fixture("chinese-clip.pt"), to: half)
    let reduced = try Checkpoint.open(half)
    #expect(reduced["visual.conv1.weight"]?.elementType == .float16)
    #expect(reduced["logit_scale"]?.elementType == .float32)
    #expect(reduced["visual.ln_pre.bias"]?.elementType == .float32)
    _ = try CheckpointConversion(to: .pyTorch, precision: .float32).convert(half, to: full)
    // The fixture's numbers are exact in half precision, so nothing is lost.
    let reference = try Checkpoint.open(fixture("chinese-clip.pt")).native().checkpoint
    #expect(try Checkpoint.open(full).content() == reference.content())
  }

  @Test("an existing output, an unknown tensor, a missing vocabulary and lost heads are refused")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let pt = try fixture("chinese-clip.pt")
    let taken = try folder.file("taken.pt", [1])
    #expect(
      message { _ = try CheckpointConversion(to: .pyTorch).convert(pt, to: taken) }
        .contains("exists already"))
    #expect(
      message { _ = try CheckpointConversion(to: .native).convert(pt, to: folder.url) }
        .contains("exists already"))
    let output = folder.url.appendingPathComponent("out")
    #expect(
      message { _ = try CheckpointConversion(to: .native).convert(pt, to: output) }
        .contains("vocab.txt or a vocabulary given by hand"))
    #expect(
      message { _ = try CheckpointConversion(to: .huggingFace).convert(pt, to: output) }
        .contains("give the numbers of heads"))
    #expect(
      message {
        _ = try CheckpointConversion(to: .pyTorch).convert(try fixture("views.pt"), to: output)
      }.contains("the names of its tensors (base, transposed, column) belong to no known family"))
    #expect(folder.content == ["taken.pt"])
  }

  @Test("a configuration that contradicts the tensors, or other mathematics, is refused")
  func contradictions() throws {
    let folder = try TemporaryFolder()
    let input = folder.url.appendingPathComponent("in")
    try FileManager.default.copyItem(at: fixture("hf"), to: input)
    let file = input.appendingPathComponent("config.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    let output = folder.url.appendingPathComponent("out.pt")
    func refusal(_ old: String, _ new: String) throws -> String {
      try Data(text.replacing(old, with: new).utf8).write(to: file)
      return message { _ = try CheckpointConversion(to: .pyTorch).convert(input, to: output) }
    }
    #expect(
      try refusal("\"vocab_size\": 24", "\"vocab_size\": 25")
        .contains("text vocab_size is 25, but the tensors beside it say 24"))
    #expect(try refusal("\"quick_gelu\"", "\"gelu\"").contains("quick_gelu and gelu with epsilons"))
    #expect(try refusal("\"x\"", "\"y\"") == "")
  }
}
