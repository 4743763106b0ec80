import CLIPTraining
import Foundation
import Synchronization
import Testing
import Torch
import TorchNN

extension TrainingTests {
  /// Workers as threads of this process: they meet and exchange as processes do.
  @Suite(.enabled(if: WorkerGroup.isAvailable)) struct WorkersTests {
    /// Runs a closure as each of two workers.
    func together<Value: Sendable>(
      timeout: Double = 60, _ body: @escaping @Sendable (WorkerGroup) throws -> Value
    ) throws -> [Value] {
      let port = UInt16.random(in: 30_000...60_000)
      let results = Mutex<[Int: Result<Value, any Error>]>([:])
      let done = DispatchGroup()
      for rank in 0..<2 {
        done.enter()
        let thread = Thread {
          let result = Result {
            try body(
              WorkerGroup(host: "127.0.0.1", port: port, rank: rank, count: 2, timeout: timeout))
          }
          results.withLock { $0[rank] = result }
          done.leave()
        }
        thread.stackSize = 8 << 20
        thread.start()
      }
      done.wait()
      return try results.withLock { results in
        try (0..<2).map { try #require(results[$0]).get() }
      }
    }

    @Test("two workers have the gradient of one with the whole batch", arguments: [nil, 3])
    func gradients(part: Int?) throws {
      let fixture = try ParityFixture()
      let whole = try fixture.gradients(0..<16)
      let shared = try together { workers in
        let rows = workers.rank * 8..<workers.rank * 8 + 8
        let result = try ParityFixture().gradients(rows, workers: workers) { $0.microBatch = part }
        return (result.loss, result.gradients)
      }
      for (loss, gradients) in shared {
        #expect(abs(loss - whole.loss) < 1e-6)
        try expectClose(gradients, whole.gradients)
      }
    }

    @Test("local negatives have the mean of both workers' gradients")
    func local() throws {
      var objective = ObjectiveConfiguration()
      objective.negatives = .local
      let settings = objective
      let fixture = try ParityFixture()
      let halves = try [0..<8, 8..<16].map { try fixture.gradients($0) }
      let shared = try together { workers in
        try ParityFixture().gradients(
          workers.rank * 8..<workers.rank * 8 + 8, objective: settings, workers: workers
        ).gradients
      }
      let name = "text_projection"
      let mean =
        try
        (try #require(halves[0].gradients[name])
        + #require(halves[1].gradients[name])) / 2
      try expectClose([name: try #require(shared[0][name])], [name: mean])
    }

    @Test("a whole run of two workers has the losses of one")
    func run() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      // Threads share one generator, so a random start would not be the same in both.
      let start = tiny.folder.appending(path: "start")
      _ = try Trainer(tiny.configuration(dropout: 0, steps: 1), output: start).run()
      var configuration = tiny.configuration(dropout: 0, steps: 6)
      configuration.model = ModelStart(from: start.appending(path: "best").path)
      configuration.evaluation.everyEpochs = 1
      let settings = configuration
      let alone = tiny.folder.appending(path: "alone")
      let outcome = try Trainer(settings, output: alone).run()
      let output = tiny.output
      let outcomes = try together { workers in
        try Trainer(settings, output: output, workers: workers).run()
      }
      #expect(outcomes.allSatisfy { $0.steps == 6 && $0.bestRecall == outcome.bestRecall })
      for (one, two) in zip(try tiny.losses(alone), try tiny.losses()) {
        #expect(abs(one - two) < 1e-5)
      }
    }

    @Test("synchronised batch norms see the batches of both workers")
    func batchNorm() throws {
      let x = try Random.normal([4, 3, 5, 5])
      @Sendable func norm() throws -> (BatchNorm2D, Parameters) {
        let parameters = Parameters(from: nil)
        return (try BatchNorm2D(3, in: parameters.root / "bn"), parameters)
      }
      let (alone, parameters) = try norm()
      let input = try x.clone()
      try input.setRequiresGradient(true)
      let y = try alone(input, mode: .training)
      try (y * y * y).sum().backward()
      let results = try together { workers in
        let (shared, parameters) = try norm()
        let part = try x.sliced(workers.rank * 2..<workers.rank * 2 + 2).clone()
        try part.setRequiresGradient(true)
        let y = try BatchStatistics.$group.withValue(workers) { try shared(part, mode: .training) }
        try (y * y * y).sum().backward()
        return (y, try #require(try part.gradient()), parameters)
      }
      for (rank, result) in results.enumerated() {
        let rows = rank * 2..<rank * 2 + 2
        try expectClose(
          ["y": result.0, "gradient": result.1],
          ["y": y.sliced(rows), "gradient": #require(try input.gradient()).sliced(rows)],
          tolerance: 1e-4)
        for name in ["bn.running_mean", "bn.running_var"] {
          try expectClose(
            [name: #require(result.2[name])], [name: #require(parameters[name])], tolerance: 1e-5)
        }
      }
    }

    @Test("a worker that never comes is an error within the timeout", .timeLimit(.minutes(1)))
    func absent() throws {
      #expect(throws: TorchError.self) {
        try WorkerGroup(
          host: "127.0.0.1", port: UInt16.random(in: 30_000...60_000), rank: 0, count: 2, timeout: 2
        )
      }
    }

    @Test("a worker that leaves ends the other's wait", .timeLimit(.minutes(1)))
    func lost() throws {
      #expect(throws: TorchError.self) {
        _ = try together(timeout: 3) { workers in
          if workers.rank == 0 { try workers.barrier() }
          return 0
        }
      }
    }

    @Test("workers' environment variables are read, and missing ones named")
    func environment() throws {
      #expect(try WorkerEnvironment.read([:]) == nil)
      #expect(try WorkerEnvironment.read(["WORLD_SIZE": "1", "RANK": "0"]) == nil)
      let place = try WorkerEnvironment.read([
        "WORLD_SIZE": "4", "RANK": "3", "LOCAL_RANK": "1", "MASTER_ADDR": "node1",
        "MASTER_PORT": "29500",
      ])
      #expect(
        place
          == WorkerEnvironment(
            rank: 3, localRank: 1, count: 4,
            meetingPlace: .address(host: "node1", port: 29_500)))
      for broken in [
        ["WORLD_SIZE": "2", "MASTER_ADDR": "a", "MASTER_PORT": "1"],
        ["WORLD_SIZE": "2", "RANK": "2", "MASTER_ADDR": "a", "MASTER_PORT": "1"],
        ["WORLD_SIZE": "2", "RANK": "0", "MASTER_PORT": "1"],
        ["WORLD_SIZE": "2", "RANK": "0", "MASTER_ADDR": "a", "MASTER_PORT": "99999"],
        ["WORLD_SIZE": "many", "RANK": "0"],
      ] {
        #expect(throws: TrainingError.self) { try WorkerEnvironment.read(broken) }
      }
    }
  }
}
