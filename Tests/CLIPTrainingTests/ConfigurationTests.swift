import CLIPData
import CLIPImages
import CLIPModels
import CLIPTraining
import Foundation
import Testing
import TorchNN

/// Run files: short ones work, wrong ones say which key.
@Suite struct ConfigurationTests {
  static let short = """
    {"data": {"train": {"path": "d", "split": "train"}},
     "stages": [{"name": "one", "epochs": 2, "batch_size": 64, "learning_rate": 1e-4,
                 "frozen": ["visual.*"], "optimizer": {"weight_decay_rule": "cn_clip"}}]}
    """

  func read(_ text: String) throws -> TrainingConfiguration {
    try TrainingConfiguration(json: Data(text.utf8), file: "run.json")
  }

  @Test("what is left out has defaults, and a written file reads back the same")
  func roundTrip() throws {
    let configuration = try read(Self.short)
    #expect(
      configuration.stages[0].optimizer
        == .adamW(AdamW.Configuration(beta2: 0.98, weightDecayRule: .original)))
    #expect(configuration.objective.positives == .duplicates)
    let again = try TrainingConfiguration(json: configuration.json(), file: "again")
    #expect(again == configuration)
  }

  @Test("every recipe in the repository can be read")
  func recipes() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Recipes")
    let files = try #require(FileManager.default.enumerator(atPath: root.path))
      .compactMap { $0 as? String }.filter { $0.hasSuffix(".json") }
    #expect(files.count >= 5)
    for file in files {
      _ = try TrainingConfiguration(json: Data(contentsOf: root.appending(path: file)), file: file)
    }
  }

  @Test(
    "a wrong file names the key",
    arguments: [
      ("\"learning_rate\"", "\"learning_rte\"", "stages"),
      ("1e-4", "-1", "learning_rate"), ("64", "0", "batch_size"), ("64", "\"many\"", "batch"),
      ("\"epochs\": 2,", "", "epochs"), ("\"epochs\": 2", "\"epochs\": 2, \"steps\": 3", "steps"),
      ("\"cn_clip\"", "\"other\"", "weight"), ("\"stages\"", "\"stage\"", "stages"),
      ("[{", "[{\"patiense\": 3, ", "patiense"), ("}}", "}", "JSON"),
    ])
  func wrong(found: String, replacement: String, key: String) throws {
    let text = Self.short.replacing(found, with: replacement)
    let error = #expect(throws: (any Error).self) { try read(text) }
    #expect("\(error.map { "\($0)" } ?? "")".contains(key))
  }

  @Test("a path may name environment variables, and one that is not set is an error")
  func variables() throws {
    let source = DataSource(path: "${NO_SUCH_VARIABLE_HERE}/x", split: "train")
    #expect(throws: TrainingError.self) { try source.open(policy: .fail) }
  }

  @Test("fine-tuning rates follow the batch and never exceed the published one")
  func preset() throws {
    let large = FineTuningPreset(pairCount: 250_000, parameterCount: 188_000_000).stage
    #expect(large.batchSize == 128 && large.epochs == 3 && large.microBatch == 32)
    #expect(large.patience == 3)
    var slow = FineTuningPreset(pairCount: 250_000, parameterCount: 188_000_000)
    slow.usesCPU = true
    slow.patience = nil
    #expect(slow.stage.microBatch == nil && slow.stage.patience == nil)
    #expect(abs(large.learningRate - 5e-5 / 8) < 1e-12)
    var huge = FineTuningPreset(pairCount: 250_000, parameterCount: 188_000_000)
    huge.batchSize = 8192
    #expect(huge.stage.learningRate == 5e-5)
    let few = FineTuningPreset(pairCount: 40, parameterCount: 8_000_000).stage
    #expect(few.batchSize == 5 && few.epochs == 20 && few.warmupSteps >= 1)
  }

  @Test("augmentation is a switch or its numbers, the optimiser has a kind, rates have patterns")
  func choices() throws {
    func read(_ augment: String, _ stage: String) throws -> TrainingConfiguration {
      try TrainingConfiguration(
        json: Data(
          """
          {"data": {"train": {"path": "a", "split": "train"}, "augment": \(augment)},
           "stages": [{"name": "s", "steps": 1, "batch_size": 2, "learning_rate": 1, \(stage)}]}
          """.utf8), file: "run.json")
    }
    let plain = #""optimizer": {"kind": "adamw", "beta2": 0.9}, "rates": []"#
    #expect(try read("true", plain).data.augmentation == .chineseCLIP)
    #expect(try read("false", plain).data.augmentation == nil)
    let own = try read(
      #"{"crop_area": [0.5, 1], "auto_augment": "none"}"#,
      #""rates": [{"names": ["visual.*"], "factor": 0.1}]"#)
    #expect(own.data.augmentation?.cropArea == 0.5...1)
    #expect(own.data.augmentation?.flipProbability == 0.5)
    #expect(own.stages[0].rates == [RateGroup(["visual.*"], factor: 0.1)])
    #expect(try TrainingConfiguration(json: own.json(), file: "x") == own)
    let lamb = try read(
      "true", #""optimizer": {"kind": "lamb", "epsilon": 1e-3}, "reference_batch": 512"#)
    #expect(lamb.stages[0].optimizer == .lamb(LAMB.Configuration(epsilon: 1e-3)))
    #expect(try TrainingConfiguration(json: lamb.json(), file: "x") == lamb)
    for (augment, stage, sentence) in [
      (#"{"crop_aera": [0.5, 1]}"#, plain, "did you mean 'data.augment.crop_area'"),
      (#"{"flip_probability": 2}"#, plain, "data.augment"),
      ("true", #""optimizer": {"kind": "lion"}"#, "'lion' is not known; there are adamw, lamb"),
      ("true", #""optimizer": {"kind": "lamb", "beta1": 1}"#, "needs betas in 0 ..< 1"),
      ("true", #""reference_batch": 0"#, "reference_batch"),
      ("true", #""rates": [{"names": ["*"], "factor": -1}]"#, "must have factors of 0 or more"),
    ] {
      #expect { try read(augment, stage) } throws: { "\($0)".contains(sentence) }
    }
  }
}
