import CLIPImages
import CLIPModels
import CLIPTraining
import Foundation
import Testing
import Torch
import TorchNN

extension TrainingTests {
  /// Whole runs on twenty-four pictures.
  @Suite struct TrainerTests {
    @discardableResult
    func run(
      _ tiny: TinyRun, _ configuration: TrainingConfiguration, output: URL? = nil,
      resumes: Bool = false, stopAfter: Int? = nil, lines: ((String) -> Void)? = nil
    ) throws -> Trainer.Outcome {
      let stop = StopRequest()
      return try Trainer(
        configuration, output: output ?? tiny.output, resumes: resumes, stop: stop,
        reporter: TrainingReporter(
          line: lines ?? { _ in },
          progress: { activity, done, _ in
            if activity == "both", done == stopAfter.map({ $0 - 1 }) { stop.request() }
          })
      ).run()
    }

    @Test("a run learns, measures recall and leaves a model folder that loads")
    func learns() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      var configuration = tiny.configuration(dropout: 0, steps: 60)
      configuration.evaluation.atStart = true
      configuration.stages[0].learningRate = 5e-3
      let outcome = try run(tiny, configuration)
      let losses = try tiny.losses()
      #expect(losses.count == 60)
      #expect(losses[57...].reduce(0, +) < 0.7 * losses[..<3].reduce(0, +))
      let start = try #require(outcome.startRecall)
      let best = try #require(outcome.bestRecall)
      #expect(outcome.isFinished && best > start)
      let model = try CLIP.load(
        .folder(tiny.output.appending(path: "best")), options: CLIP.Options(device: .cpu))
      #expect(model.name == "train" && model.embeddingDimension == 16)
      for file in ["config.json", "train.log", "curves.svg", "last/training.json"] {
        #expect(FileManager.default.fileExists(atPath: tiny.output.appending(path: file).path))
      }
    }

    @Test("log lines have the original's form")
    func logLines() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      var lines: [String] = []
      try run(tiny, tiny.configuration(steps: 3)) { lines.append($0) }
      let pattern =
        #/^\d{4}-\d\d-\d\d,\d\d:\d\d:\d\d \| INFO \| Rank 0 \| Global Steps: 3/3 \| Train Epoch: 1 \[24/24 \(100%\)\] \| Loss: \d+\.\d{6} \| Image2Text Acc: \d+\.\d\d \| Text2Image Acc: \d+\.\d\d \| Data Time: \d+\.\d{3}s \| Batch Time: \d+\.\d{3}s \| LR: \d\.\d+ \| logit_scale: \d\.\d{3} \| Global Batch Size: 8$/#
      #expect(lines.contains { $0.firstMatch(of: pattern) != nil })
    }

    @Test("ten steps and ten more after a stop equal twenty, to the bit")
    func resume() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      var configuration = tiny.configuration(steps: 20)
      configuration.data.augmentation = .chineseCLIP
      configuration.movingAverage = 0.9
      configuration.stages[0].maskRatio = 0.3
      let whole = tiny.folder.appending(path: "whole")
      try run(tiny, configuration, output: whole)
      let first = try run(tiny, configuration, stopAfter: 10)
      #expect(!first.isFinished && first.steps == 10)
      // Whatever happens in between must not matter.
      try Random.seed(99)
      let second = try run(tiny, configuration, resumes: true)
      #expect(second.isFinished && second.steps == 20)
      try expectEqual(
        tiny.tensors("last/model.safetensors"), tiny.tensors("last/model.safetensors", whole))
      try expectEqual(
        tiny.tensors("last/training.safetensors"), tiny.tensors("last/training.safetensors", whole))
      try expectEqual(
        tiny.tensors("best/model.safetensors"), tiny.tensors("best/model.safetensors", whole))
      #expect(try tiny.losses() == tiny.losses(whole))
    }

    @Test("steps that a killed run took after its last checkpoint are taken again")
    func killed() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      var configuration = tiny.configuration(steps: 9)
      let whole = tiny.folder.appending(path: "whole")
      try run(tiny, configuration, output: whole)
      // The state after six steps under the records of nine is what a kill leaves.
      configuration.checkpoints.everySteps = 6
      try run(tiny, configuration, stopAfter: 6)
      let metrics = tiny.output.appending(path: "metrics.jsonl")
      try Data(contentsOf: whole.appending(path: "metrics.jsonl")).write(to: metrics)
      let torn = tiny.output.appending(path: ".last.1234.partial")
      try FileManager.default.createDirectory(at: torn, withIntermediateDirectories: true)
      try run(tiny, configuration, resumes: true)
      #expect(try tiny.losses() == tiny.losses(whole))
      #expect(!FileManager.default.fileExists(atPath: torn.path))
      try expectEqual(
        tiny.tensors("last/model.safetensors"), tiny.tensors("last/model.safetensors", whole))
    }

    @Test("a run never writes over another, and resuming nothing is an error")
    func folders() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      let configuration = tiny.configuration(steps: 1)
      #expect(throws: TrainingError.nothingToResume(path: tiny.output.path)) {
        try run(tiny, configuration, resumes: true)
      }
      try run(tiny, configuration)
      #expect(throws: TrainingError.folderInUse(path: tiny.output.path)) {
        try run(tiny, configuration)
      }
    }

    @Test("two stages: a frozen image encoder keeps its weights, with cached features too")
    func stages() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      var configuration = tiny.configuration(dropout: 0, steps: 6)
      configuration.stages[0].frozen = ["visual.*"]
      configuration.checkpoints.keepsEpochs = true
      let live = tiny.folder.appending(path: "live")
      var second = configuration
      second.stages[0].cachesFeatures = false
      try run(tiny, configuration)
      try run(tiny, second, output: live)
      let epochs = ["epochs/both-epoch1/model.safetensors", "epochs/both-epoch2/model.safetensors"]
      try expectEqual(tiny.tensors(epochs[0]), tiny.tensors(epochs[1])) { $0.hasPrefix("visual.") }
      for (cached, computed) in zip(try tiny.losses(), try tiny.losses(live)) {
        #expect(abs(cached - computed) < 1e-5)
      }
      #expect(FileManager.default.fileExists(atPath: tiny.output.appending(path: "features").path))
      #expect(!FileManager.default.fileExists(atPath: live.appending(path: "features").path))
      // A second stage that learns everything moves them.
      var both = configuration
      var last = both.stages[0]
      last.name = "second"
      last.frozen = .none
      both.stages.append(last)
      let two = tiny.folder.appending(path: "two")
      #expect(try run(tiny, both, output: two).steps == 12)
      let name = "visual.proj"
      let before = try tiny.tensors(epochs[0]).tensor(named: name)?.scalars()
      let after = try tiny.tensors("last/model.safetensors", two).tensor(named: name)?.scalars()
      #expect(before != after)
    }

    @Test("a stage whose recall stays ends early, and the next starts from the best weights")
    func plateau() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      var configuration = tiny.configuration(steps: 60)
      configuration.stages[0].patience = 2
      configuration.stages[0].learningRate = 1e-9
      configuration.evaluation.everyEpochs = 1
      var second = configuration.stages[0]
      second.name = "second"
      second.steps = 2
      configuration.stages.append(second)
      let outcome = try run(tiny, configuration)
      // Recall is measured after each epoch of three steps; the first measurement is the best.
      #expect(outcome.steps == 9 + 2)
    }

    @Test("numbers that are none name the batch, change nothing, and stop the run in the end")
    func notFinite() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      var configuration = tiny.configuration(dropout: 0, steps: 40)
      configuration.stages[0].learningRate = 1e30
      configuration.stages[0].warmupSteps = 0
      configuration.data.valid = nil
      var warnings: [String] = []
      let error = #expect(throws: TrainingError.self) {
        try run(tiny, configuration) { if $0.contains("WARNING") { warnings.append($0) } }
      }
      guard case .notFinite(let batch, let times) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(times == 5 && batch.contains("pictures 1"))
      #expect(warnings.count == 5)
      configuration.nonFinite = .stop
      let other = tiny.folder.appending(path: "other")
      #expect(throws: TrainingError.self) { try run(tiny, configuration, output: other) }
    }

    @Test("low-rank additions are learned alone, saved merged, and resumed exactly")
    func lowRank() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      let base = tiny.folder.appending(path: "base")
      try run(tiny, tiny.configuration(steps: 2), output: base)
      var configuration = tiny.configuration(steps: 8)
      configuration.model = ModelStart(from: base.appending(path: "best").path)
      configuration.model.lowRank = LowRankConfiguration(rank: 2, alpha: 4)
      let whole = tiny.folder.appending(path: "whole")
      try run(tiny, configuration, output: whole)
      try run(tiny, configuration, stopAfter: 4)
      try run(tiny, configuration, resumes: true)
      try expectEqual(
        tiny.tensors("last/training.safetensors"), tiny.tensors("last/training.safetensors", whole))
      let before = try tiny.tensors("best/model.safetensors", base)
      let after = try tiny.tensors("best/model.safetensors", whole)
      #expect(before.tensorNames.sorted() == after.tensorNames.sorted())
      func values(_ source: CheckpointSource, _ name: String) throws -> [Float]? {
        try source.tensor(named: name)?.scalars()
      }
      let learned = "visual.transformer.resblocks.0.attn.in_proj_weight"
      #expect(try values(before, learned) != values(after, learned))
      #expect(try values(before, "visual.proj") == values(after, "visual.proj"))
    }

    @Test("distillation from another checkpoint changes what is learned; a weight of zero does not")
    func distillation() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      let teacher = tiny.folder.appending(path: "teacher")
      try run(tiny, tiny.configuration(steps: 2), output: teacher)
      var configuration = tiny.configuration(dropout: 0, steps: 4)
      let plain = tiny.folder.appending(path: "plain")
      try run(tiny, configuration, output: plain)
      var distillation = DistillationConfiguration(teacher: teacher.appending(path: "best").path)
      distillation.textWeight = 0.5
      distillation.logitWeight = 0.5
      configuration.objective.distillation = distillation
      try run(tiny, configuration)
      #expect(zip(try tiny.losses(), try tiny.losses(plain)).allSatisfy { $0.0 > $0.1 + 0.1 })
      distillation.imageWeight = 0
      distillation.textWeight = 0
      distillation.logitWeight = 0
      configuration.objective.distillation = distillation
      let none = tiny.folder.appending(path: "none")
      try run(tiny, configuration, output: none)
      #expect(try tiny.losses(none) == tiny.losses(plain))
    }

    @Test("a batch that does not fit the workers or freezes everything is refused with its key")
    func refusals() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      var configuration = tiny.configuration(steps: 1)
      configuration.stages[0].frozen = ["*"]
      #expect(
        throws: TrainingError.setting(
          key: "stages.both.frozen", problem: "leaves nothing to learn")
      ) { try run(tiny, configuration) }
    }

    @Test("the original's .pt files are written on request and load")
    func pytorch() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      var configuration = tiny.configuration(steps: 3)
      configuration.checkpoints.pytorch = true
      try run(tiny, configuration)
      try expectEqual(
        tiny.tensors("checkpoints/epoch_latest.pt"), tiny.tensors("last/model.safetensors"))
    }
  }
}
