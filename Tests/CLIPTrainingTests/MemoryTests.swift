import CLIPTraining
import Foundation
import Testing
import Torch

extension TrainingTests {
  /// Parts of a batch by memory, and stages that end when recall stays.
  @Suite struct MemoryTests {
    private func run(
      _ tiny: TinyRun, _ configuration: TrainingConfiguration, output: URL? = nil,
      resumes: Bool = false, budget: Int? = nil, stopAfter: Int? = nil,
      lines: ((String) -> Void)? = nil
    ) throws -> Trainer.Outcome {
      let stop = StopRequest()
      let trainer = try Trainer(
        configuration, output: output ?? tiny.output, resumes: resumes, stop: stop,
        reporter: TrainingReporter(
          line: lines ?? { _ in },
          progress: { activity, done, _ in
            if activity == "both", done == stopAfter.map({ $0 - 1 }) { stop.request() }
          }))
      if let budget { trainer.memoryBudget = MemoryBudget(machine: 1 << 40, partLimit: budget) }
      return try trainer.run()
    }

    @Test("a batch goes through in parts that its memory chooses, and learns the same")
    func parts() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      let configuration = tiny.configuration(dropout: 0, steps: 6)
      let whole = tiny.folder.appending(path: "whole")
      var lines: [String] = []
      _ = try run(tiny, configuration, output: whole) { lines.append($0) }
      #expect(!lines.contains { $0.contains("parts") })
      #expect(lines.contains { $0.contains("for the 2 steps to come") })
      _ = try run(tiny, configuration, budget: 400_000) { lines.append($0) }
      let said = try #require(lines.first { $0.contains("goes through in parts of ") })
      let part = try #require(
        said.firstMatch(of: #/the batch of 8 goes through in parts of (\d)/#).flatMap {
          Int($0.1)
        })
      #expect([1, 2, 4].contains(part), "\(said)")
      for (first, second) in zip(try tiny.losses(), try tiny.losses(whole)) {
        #expect(abs(first - second) < 1e-4)
      }
    }

    @Test("a part that is given is taken, and nothing is measured")
    func given() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      var configuration = tiny.configuration(steps: 1)
      configuration.stages[0].microBatch = 8
      var lines: [String] = []
      _ = try run(tiny, configuration, budget: 1) { lines.append($0) }
      #expect(!lines.contains { $0.contains("goes through in parts") })
    }

    @Test("a run that is resumed keeps its parts, whatever the memory is then, to the bit")
    func resume() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      let configuration = tiny.configuration(steps: 6)
      let whole = tiny.folder.appending(path: "whole")
      var lines: [String] = []
      _ = try run(tiny, configuration, output: whole, budget: 1) { lines.append($0) }
      #expect(lines.contains { $0.contains("parts of 1,") })
      #expect(lines.contains { $0.contains("even one pair") })
      _ = try run(tiny, configuration, budget: 1, stopAfter: 3)
      _ = try run(tiny, configuration, resumes: true)
      #expect(try tiny.losses() == tiny.losses(whole))
      try expectEqual(
        tiny.tensors("last/training.safetensors"), tiny.tensors("last/training.safetensors", whole))
    }

    @Test("a stop at an evaluation does not lose it, and a stage that had ended stays ended")
    func patience() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      var configuration = tiny.configuration(steps: 60)
      configuration.stages[0].patience = 2
      configuration.stages[0].learningRate = 1e-9
      configuration.evaluation.everyEpochs = 1
      let whole = tiny.folder.appending(path: "whole")
      let outcome = try run(tiny, configuration, output: whole)
      #expect(outcome.isFinished && outcome.steps == 9)
      // Epochs of three steps: the second evaluation is owed by the run that goes on.
      #expect(try !run(tiny, configuration, stopAfter: 6).isFinished)
      let resumed = try run(tiny, configuration, resumes: true)
      #expect(resumed.isFinished && resumed.steps == 9)
      #expect(try tiny.metrics("mean_recall") == tiny.metrics("mean_recall", whole))
    }

    @Test("patience without a validation set is said to wait for nothing")
    func nothingMeasured() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      var configuration = tiny.configuration(steps: 2)
      configuration.stages[0].patience = 2
      configuration.data.valid = nil
      var lines: [String] = []
      _ = try run(tiny, configuration) { lines.append($0) }
      #expect(lines.contains { $0.contains("WARNING") && $0.contains("no validation set") })
    }

    @Test("the budget leaves room for program and model, and is shared by workers")
    func budget() {
      let budget = MemoryBudget(machine: 8 << 30)
      let workspace = 960 << 20
      #expect(budget.bytesOfPart(present: 0, coming: 0, workers: 1) == (2 << 30) - workspace)
      #expect(
        budget.bytesOfPart(present: 1 << 29, coming: 1 << 28, workers: 1)
          == (2 << 30) - workspace - (3 << 28))
      #expect(budget.bytesOfPart(present: 0, coming: 0, workers: 2) == (1 << 30) - workspace)
      #expect(budget.bytesOfPart(present: 4 << 30, coming: 0, workers: 1) == 0)
      #expect(
        MemoryBudget(machine: 64 << 30).bytesOfPart(present: 0, coming: 0, workers: 1) == 3 << 29)
    }

    @Test(
      "limits of control groups count, of both versions and of the groups above",
      arguments: [
        ("0::/user/job\n", "user/memory.max", "1000000", 1_000_000),
        ("0::/user/job\n", "user/job/memory.max", "max", 5_000_000),
        ("0::/\n", "memory.max", "2000000", 2_000_000),
        ("0::/elsewhere\n", "memory.max", "9000000", 5_000_000),
        ("3:cpu:/x\n5:memory:/x\n", "memory/x/memory.limit_in_bytes", "3000000", 3_000_000),
      ])
    func groups(cgroup: String, file: String, limit: String, expected: Int) throws {
      let root = FileManager.default.temporaryDirectory.appending(path: "groups-\(UUID())")
      defer { try? FileManager.default.removeItem(at: root) }
      for (path, text) in [("proc/self/cgroup", cgroup), ("sys/fs/cgroup/\(file)", limit + "\n")] {
        let url = root.appending(path: path)
        try FileManager.default.createDirectory(
          at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
      }
      #expect(MachineMemory(physical: 5_000_000, root: root).bytes == expected)
    }

    @Test("the count of a closure's tensors is their largest sum")
    func count() throws {
      let bytes = try peakTensorBytes {
        for _ in 0..<3 { _ = try Tensor.zeros([1000, 256]) + 1 }
      }
      #expect((2_048_000..<2_100_000).contains(bytes), "\(bytes)")
    }
  }
}
