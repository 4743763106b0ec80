import CLIPData
import CLIPEvaluation
import CLIPImages
import CLIPModels
import CLIPTraining
import Foundation
import Testing
import Torch
import TorchNN

extension TrainingTests {
  /// What is not one picture with one text, one vector each.
  @Suite struct SamplesTests {
    /// Every token's best answer, averaged over the tokens that are no padding.
    struct BestTokens: Interaction {
      var needsTokens: Bool { true }
      func imageToText(_ images: Features, _ texts: Features) throws(TorchError) -> Tensor {
        try best(images, texts)
      }
      func textToImage(_ texts: Features, _ images: Features) throws(TorchError) -> Tensor {
        try best(texts, images)
      }
      private func best(_ asking: Features, _ answers: Features) throws(TorchError) -> Tensor {
        guard let a = asking.tokens, let b = answers.tokens else { throw TorchError("no tokens") }
        let (rows, columns) = (a.shape[0], b.shape[0])
        var all = try a.reshaped(rows * a.shape[1], -1)
          .matmul(b.reshaped(columns * b.shape[1], -1).transposed())
          .reshaped(rows, a.shape[1], columns, b.shape[1])
        if let valid = answers.valid {
          all = try all.filled(
            -1, where: valid.inverted().reshaped(1, 1, columns, b.shape[1]))
        }
        let top = try all.max(axis: 3)
        guard let valid = asking.valid else { return try top.mean(axis: 1) }
        let weights = try valid.to(.float32).unsqueezed(2)
        return try (top * weights).sum(axis: 1) / weights.sum(axis: 1)
      }
    }

    /// The tiny run's pairs, each with a caption drawn by chance from two.
    struct Drawn: SampleSource {
      let base: PairedSamples
      var source: String { base.source }
      var count: Int { base.count }
      func sample(at index: Int, using random: inout AugmentationRandom) throws -> Sample {
        var sample = try base.sample(at: index, using: &random)
        if Bool.random(using: &random) { sample.texts[0].text += "一" }
        return sample
      }
      func imageData(for imageID: Int64) throws -> Data { try base.imageData(for: imageID) }
      func imageIDs() throws -> [Int64] { try base.imageIDs() }
    }

    /// The same pairs without pictures.
    struct TextsAlone: SampleSource {
      let base: PairedSamples
      var source: String { base.source }
      var count: Int { base.count }
      func sample(at index: Int, using random: inout AugmentationRandom) throws -> Sample {
        var sample = try base.sample(at: index, using: &random)
        sample.imageID = nil
        return sample
      }
      func imageData(for imageID: Int64) throws -> Data {
        throw DataError.unknownImage(id: imageID, source: source)
      }
      func imageIDs() throws -> [Int64] { [] }
    }

    /// Counts how often it is asked.
    final class OwnMeasure: ModelEvaluation {
      var dimensions: [Int] = []
      func scores(of model: CLIP, progress: (Int, Int) -> Void) throws -> ModelScores {
        dimensions.append(model.embeddingDimension)
        return ModelScores(score: Double(dimensions.count))
      }
    }

    func samples(_ tiny: TinyRun) throws -> PairedSamples {
      PairedSamples(try DataSource(path: tiny.folder.path, split: "train").open(policy: .fail))
    }

    @Test(
      "tokens, their padding and parts leave the gradient of the whole batch", arguments: [1, 5])
    func tokens(part: Int) throws {
      let fixture = try ParityFixture()
      let terms = Objective([
        (
          1, ScoreTerm(SoftmaxLoss(), target: IdentityTarget(), interaction: BestTokens(), scale: 9)
        ),
        (0.5, ScoreTerm(SoftmaxLoss(), target: IdentityTarget())),
      ])
      let whole = try fixture.gradients(terms: terms)
      let parts = try fixture.gradients(terms: terms) { $0.microBatch = part }
      #expect(abs(whole.loss - parts.loss) < 1e-5)
      try expectClose(parts.gradients, whole.gradients, tolerance: 2e-5)
      #expect(try whole.gradients["visual.proj"]?.absolute().max().item() ?? 0 > 0)
    }

    @Test("several texts of a picture count as the mean of their batches")
    func views() throws {
      let fixture = try ParityFixture()
      func gradients(_ views: [Int]) throws -> (loss: Double, gradients: [String: Tensor]) {
        let model = try fixture.model()
        return try fixture.gradients(
          0..<8, model: model, batch: fixture.batch(0..<8, model, views: views))
      }
      let (one, other, both) = (try gradients([0]), try gradients([3]), try gradients([0, 3]))
      #expect(abs((one.loss + other.loss) / 2 - both.loss) < 1e-5)
      let mean = try one.gradients.map { name, gradient in
        (name, try (gradient + #require(other.gradients[name])) / 2)
      }
      try expectClose(
        both.gradients, Dictionary(uniqueKeysWithValues: mean), tolerance: 5e-5)
    }

    @Test(
      "samples that are drawn by chance are the same after a stop, with the program's own measure")
    func resume() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      var configuration = tiny.configuration(steps: 12)
      configuration.data = .handedIn
      let source = Drawn(base: try samples(tiny))
      func run(_ output: URL, resumes: Bool = false, stopAfter: Int? = nil) throws -> OwnMeasure {
        let (measure, stop) = (OwnMeasure(), StopRequest())
        _ = try Trainer(
          configuration, train: source, valid: measure,
          objective: Objective([(1, ScoreTerm(SigmoidLoss(), target: IdentityTarget()))]),
          output: output, resumes: resumes, stop: stop,
          reporter: TrainingReporter(progress: { activity, done, _ in
            if activity == "both", done == stopAfter.map({ $0 - 1 }) { stop.request() }
          })
        ).run()
        return measure
      }
      let whole = tiny.folder.appending(path: "whole")
      #expect(try run(whole).dimensions == [16])
      _ = try run(tiny.output, stopAfter: 5)
      _ = try run(tiny.output, resumes: true)
      #expect(try tiny.losses() == tiny.losses(whole))
      #expect(try tiny.metrics("mean_recall", whole) == [1])
      try expectEqual(
        tiny.tensors("last/model.safetensors"), tiny.tensors("last/model.safetensors", whole))
    }

    @Test("texts alone learn a teacher's stored vectors, and pictures stay as they are")
    func textsAlone() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      var lines = ""
      for id in 0..<24 {
        let vector = (0..<16).map { Double(($0 * 7 + id * 3) % 11) / 11 - 0.5 }
        lines += "{\"text_id\": \(id), \"feature\": \(vector)}\n"
      }
      let vectors = tiny.folder.appending(path: "teacher.jsonl")
      try Data(lines.utf8).write(to: vectors)
      var configuration = tiny.configuration(dropout: 0, steps: 40)
      configuration.data = .handedIn
      configuration.objective.terms = [TermConfiguration(.distance(.text, of: .squared))]
      configuration.objective.teacher = TeacherConfiguration(textVectors: vectors.path)
      configuration.stages[0].learningRate = 5e-3
      let source = TextsAlone(base: try samples(tiny))
      let start = tiny.folder.appending(path: "start")
      var none = configuration
      none.stages[0].rates = [RateGroup(["*"], factor: 0)]
      none.stages[0].steps = 1
      _ = try Trainer(none, train: source, valid: nil, output: start).run()
      _ = try Trainer(configuration, train: source, valid: nil, output: tiny.output).run()
      let losses = try tiny.losses()
      #expect(losses[39] < 0.5 * losses[0])
      let file = "last/model.safetensors"
      try expectEqual(tiny.tensors(file), tiny.tensors(file, start)) { $0.hasPrefix("visual.") }
      let name = "text_projection"
      let (before, after) = (
        try tiny.tensors(file, start).tensor(named: name)?.scalars(Float.self),
        try tiny.tensors(file).tensor(named: name)?.scalars(Float.self)
      )
      #expect(before != after)
      // A term that needs pictures says so.
      configuration.objective = ObjectiveConfiguration()
      let other = tiny.folder.appending(path: "other")
      let error = #expect(throws: TrainingError.self) {
        try Trainer(configuration, train: source, valid: nil, output: other).run()
      }
      #expect(error?.description.contains("the samples have no pictures") == true)
    }

    @Test(
      "a head learns on a cached trunk as on one that computes; a cache that cannot be is refused")
    func cachedHead() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      var configuration = tiny.configuration(dropout: 0, steps: 6)
      configuration.stages[0].frozen = ["visual.*", "!visual.proj"]
      configuration.stages[0].cachesFeatures = true
      let live = tiny.folder.appending(path: "live")
      var second = configuration
      second.stages[0].cachesFeatures = false
      _ = try Trainer(configuration, output: tiny.output).run()
      _ = try Trainer(second, output: live).run()
      #expect(
        FileManager.default.fileExists(atPath: tiny.output.appending(path: "features").path))
      for (cached, computed) in zip(try tiny.losses(), try tiny.losses(live)) {
        #expect(abs(cached - computed) < 1e-5)
      }
      let name = "visual.proj"
      let file = "last/model.safetensors"
      let cached = try #require(try tiny.tensors(file).tensor(named: name))
      let computed = try #require(try tiny.tensors(file, live).tensor(named: name))
      #expect(try (cached - computed).absolute().max().item() < 1e-4)
      configuration.data.augmentation = .chineseCLIP
      let refused = tiny.folder.appending(path: "refused")
      let error = #expect(throws: TrainingError.self) {
        try Trainer(configuration, output: refused)
      }
      #expect(
        error?.description.contains("cache_features' cannot be true where pictures are augmented")
          == true, "\(error?.description ?? "")")
    }

    @Test("the embedded model teaches, by its name, beside another loss")
    func embeddedTeacher() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      var configuration = tiny.configuration(dropout: 0, steps: 1)
      configuration.objective.terms = [
        TermConfiguration(.sigmoid, target: .identity),
        TermConfiguration(.distance(.image, of: .cosine), weight: 0.5),
      ]
      configuration.objective.teacher = TeacherConfiguration(model: "embedded")
      #expect(try Trainer(configuration, output: tiny.output).run().isFinished)
    }

    @Test(
      "unpaired pictures, classes and parallel texts are drawn alike after a stop",
      arguments: ["unpaired", "altered", "drawn", "prototypes", "parallel_texts"])
    func drawnFromRunFile(kind: String) throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      func write(_ lines: [String], _ name: String) throws -> URL {
        let file = tiny.folder.appending(path: name)
        try Data(lines.joined(separator: "\n").utf8).write(to: file)
        return file
      }
      let labels = try write(
        (0..<24).flatMap { index in
          let labels = (0..<3).map { $0 == index % 3 ? 3 : 0 }
          return [
            "{\"image_id\": \(100 + index), \"labels\": \(labels)}",
            "{\"text_id\": \(index), \"labels\": \(labels)}",
          ]
        }, "labels.jsonl")
      let sentences = try write(
        (0..<24).map { "{\"text_id\": \($0), \"texts\": [\"一丁\", \"七万\"]}" }, "names.jsonl")
      _ = try write(
        (0..<24).map { "{\"text_id\": \($0), \"text\": \"一丁\", \"taught\": \"七\($0)\"}" },
        "parallel.jsonl")
      let vectors = try write(
        (0..<24).map { id in
          let vector = (0..<16).map { Double(($0 * 7 + id * 3) % 11) / 11 - 0.5 }
          return "{\"text_id\": \(id), \"feature\": \(vector)}"
        }, "teacher.jsonl")
      var configuration = tiny.configuration(steps: 12)
      let json: String
      switch kind {
      case "unpaired":
        json = "\"labels\": \"\(labels.path)\", \"samples\": \"unpaired\""
        configuration.objective.terms = [TermConfiguration(target: .labels(.dot))]
      case "altered":
        json =
          "\"labels\": \"\(labels.path)\", \"samples\": {\"unpaired\": {\"epoch\": 64, "
          + "\"altersText\": true}}"
        configuration.objective.terms = [TermConfiguration(target: .labels(.cosine))]
      case "drawn":
        json = "\"samples\": \"drawn_texts\""
        configuration.objective.terms = [
          TermConfiguration(.softmax(imageToText: 0.75, textToImage: 0.25), scale: 10)
        ]
      case "prototypes":
        json = "\"samples\": {\"prototypes\": {\"sentences\": \"\(sentences.path)\"}}"
        configuration.objective.terms = [TermConfiguration(target: .duplicates)]
      default:
        json = "\"texts\": \"parallel.jsonl\", \"samples\": \"parallel_texts\""
        configuration.objective.terms = [TermConfiguration(.distance(.text, of: .squared))]
        configuration.objective.teacher = TeacherConfiguration(textVectors: vectors.path)
        // Frozen trunks work once for each picture; here there is none.
        configuration.stages[0].frozen = ["visual.*"]
      }
      let source = "{\"path\": \"\(tiny.folder.path)\", \"split\": \"train\", \(json)}"
      configuration.data.train = try JSONDecoder().decode(DataSource.self, from: Data(source.utf8))
      configuration.data.valid = nil
      func run(_ output: URL, resumes: Bool = false, stopAfter: Int? = nil) throws {
        let stop = StopRequest()
        _ = try Trainer(
          configuration, output: output, resumes: resumes, stop: stop,
          reporter: TrainingReporter(progress: { activity, done, _ in
            if activity == "both", done == stopAfter.map({ $0 - 1 }) { stop.request() }
          })
        ).run()
      }
      let whole = tiny.folder.appending(path: "whole")
      try run(whole)
      try run(tiny.output, stopAfter: 5)
      try run(tiny.output, resumes: true)
      #expect(try tiny.losses().count == 12)
      #expect(try tiny.losses() == tiny.losses(whole))
      try expectEqual(
        tiny.tensors("last/model.safetensors"), tiny.tensors("last/model.safetensors", whole))
    }

    @Test("recall is counted over pairs, so a validation set with drawn samples is refused")
    func validationOfDrawnSamples() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      var configuration = tiny.configuration(steps: 1)
      configuration.data.valid?.samples = .unpaired()
      let error = #expect(throws: TrainingError.self) {
        try Trainer(configuration, output: tiny.output)
      }
      #expect(error?.description.contains("'data.valid' must not say samples") == true)
    }

    @Test("labels from a file decide what belongs together")
    func labels() throws {
      let tiny = try TinyRun()
      defer { tiny.remove() }
      var lines = ""
      for index in 0..<24 {
        let labels = (0..<3).map { $0 == index % 3 ? 3 : 0 }
        lines += "{\"image_id\": \(100 + index), \"labels\": \(labels)}\n"
        lines += "{\"text_id\": \(index), \"labels\": \(labels)}\n"
      }
      let file = tiny.folder.appending(path: "labels.jsonl")
      try Data(lines.utf8).write(to: file)
      var configuration = tiny.configuration(dropout: 0, steps: 3)
      configuration.data.train.labels = file.path
      configuration.objective.terms = [TermConfiguration(target: .labels(.dot))]
      _ = try Trainer(configuration, output: tiny.output).run()
      #expect(try tiny.losses().allSatisfy { $0 > 0 && $0.isFinite })
      try Data(lines.split(separator: "\n").dropLast(2).joined(separator: "\n").utf8).write(
        to: file)
      let error = #expect(throws: DataError.self) {
        try Trainer(configuration, output: tiny.folder.appending(path: "other")).run()
      }
      #expect(error?.description.contains("has no labels of image_id 123") == true)
      try Data("{\"image_id\": 1, \"labels\": [1]}\n{\"labels\": [1]}\n".utf8).write(to: file)
      #expect {
        try LabelledSamples(samples(tiny), labels: file)
      } throws: {
        "\($0)".contains("line 2: it must name either an image_id or a text_id")
      }
    }
  }
}
