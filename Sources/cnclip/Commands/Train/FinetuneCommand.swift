import ArgumentParser
import CLIPData
import CLIPImages
import CLIPModels
import CLIPTraining
import Foundation
import Torch
import TorchNN

/// `cnclip finetune`.
struct FinetuneCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "finetune",
    abstract: "Make a trained model better at one's own pictures and captions.",
    discussion: """
      Reads {split}_imgs.tsv and {split}_texts.jsonl, or lmdb/{split}. The learning rate follows the \
      batch and the model, recall over the whole validation set is measured before the first step \
      and after every epoch, and best/ in the run folder is the best model: the start itself if \
      nothing was better. The run ends early when recall has not risen in three evaluations in a \
      row. Equal captions and pictures count as belonging together.

      On a CPU a batch goes through the networks in parts that keep the program, the model and a part \
      under a quarter of the memory and a part under 1.6 GB; gradients are those of the whole batch.

      Without --model the small model that comes with the program is fine-tuned.

      Examples:
        cnclip finetune --train data --split train --valid data --output runs/mine
        cnclip finetune --model ViT-B-16 --checkpoint clip.pt --train MUGE --valid MUGE \
      --output runs/muge --low-rank 8
      """)

  @Option(help: ArgumentHelp("A preset, a file or a folder.", valueName: "name|path"))
  var model: String?

  @Option(help: ArgumentHelp("The weights of a preset, a .pt file.", valueName: "file"))
  var checkpoint: String?

  @Option(help: "The vocabulary of a .pt file that was not trained on Google's Chinese one.")
  var vocab: String?

  @Option(help: ArgumentHelp("The folder of the training data.", valueName: "dir"))
  var train: String

  @Option(help: "The part of it to learn from; 'train' by default.")
  var split: String?

  @Option(help: ArgumentHelp("The folder of the validation data.", valueName: "dir"))
  var valid: String?

  @Option(help: "The part of it to measure recall on; 'valid' by default.")
  var validSplit: String?

  @OptionGroup var run: RunOptions

  @Option(help: "Passes over the pairs; by default 3 for many pairs to 20 for few.")
  var epochs: Int?

  @Option(help: "Pairs in a step, over all workers; by default 128, or fewer for few pairs.")
  var batchSize: Int?

  @Option(
    help: ArgumentHelp(
      "Pairs in memory at once; gradients are those of the whole batch. By memory unless given.",
      valueName: "count"))
  var microBatch: Int?

  @Option(
    help: ArgumentHelp(
      "End after this many evaluations without a better recall; 3 by default, 0: never.",
      valueName: "count"))
  var patience: Int?

  @Option(help: "The highest learning rate; by default it follows the batch and the model.")
  var learningRate: Double?

  @Option(
    help: ArgumentHelp(
      "Learn only low-rank additions of this rank to every linear map (LoRA).",
      valueName: "rank"))
  var lowRank: Int?

  @Option(
    help: ArgumentHelp("Weights that stay as they are, as in 'visual.*'.", valueName: "pattern"))
  var freeze: [String] = []

  @Flag(help: "Crop, mirror and change pictures at random.")
  var augment = false

  @Flag(help: "Replace broken pictures instead of stopping.")
  var skipBroken = false

  @Option(help: "auto, cpu, cuda or cuda:N; auto by default.")
  var device: String?

  @Option(help: "auto, fp32, bf16, or fp16 on CUDA; weights are always kept in fp32.")
  var precision: Precision?

  @Option(
    help: ArgumentHelp(
      "Stop when so many steps in a row gave no finite number, which changes nothing; 5 by default.",
      valueName: "count"))
  var nonFiniteLimit: Int?

  @Option(help: "Of the order of samples and of all random choices; 123 by default.")
  var seed: UInt64?

  func validate() throws {
    guard (patience ?? 0) >= 0 else { throw ValidationError("--patience must be 0 or more") }
    guard (nonFiniteLimit ?? 1) > 0 else {
      throw ValidationError("--non-finite-limit must be 1 or more")
    }
  }

  func run() async throws {
    try TrainingSession(options: run).run(configuration)
  }

  private func configuration() throws -> TrainingConfiguration {
    if run.resume, let saved = try Trainer.savedRun(in: URL(filePath: run.output)) {
      return try changed(saved)
    }
    var start = ModelStart(from: model)
    start.checkpoint = checkpoint
    start.vocabulary = vocab
    start.lowRank = lowRankConfiguration
    var data = DataConfiguration(
      train: DataSource(path: train, split: split ?? "train"),
      valid: valid.map { DataSource(path: $0, split: validSplit ?? "valid") })
    data.augmentation = augment ? .chineseCLIP : nil
    data.skipsDamaged = skipBroken
    let pairs = try data.train.open(policy: skipBroken ? .skip : .fail).pairCount
    var preset = FineTuningPreset(
      pairCount: pairs, parameterCount: try TrainableModel.parameterCount(of: start))
    preset.batchSize = batchSize
    preset.epochs = epochs
    preset.learningRate = learningRate
    preset.frozen = NamePatterns(freeze)
    preset.usesLowRank = lowRank != nil
    preset.usesCPU = try Device(named: device ?? "auto") == .cpu
    if valid == nil { preset.patience = nil }
    var configuration = TrainingConfiguration(model: start, data: data, stages: [preset.stage])
    configuration.name = URL(filePath: run.output).lastPathComponent
    return try changed(configuration)
  }

  private var lowRankConfiguration: LowRankConfiguration? {
    lowRank.map { LowRankConfiguration(rank: $0, alpha: 2 * Double($0)) }
  }

  /// A run with the options that were given: what they say differently from a run that is resumed
  /// is used or refused by name, never passed over.
  private func changed(_ run: TrainingConfiguration) throws -> TrainingConfiguration {
    var run = run
    run.model.from = model ?? run.model.from
    run.model.checkpoint = checkpoint ?? run.model.checkpoint
    run.model.vocabulary = vocab ?? run.model.vocabulary
    run.model.lowRank = lowRankConfiguration ?? run.model.lowRank
    run.data.train.path = train
    run.data.train.split = split ?? run.data.train.split
    if let valid {
      let split = validSplit ?? run.data.valid?.split ?? "valid"
      run.data.valid = DataSource(path: valid, split: split)
    } else if let validSplit {
      guard run.data.valid != nil else {
        throw CommandFailure("--valid-split names a part of what --valid names, which is missing")
      }
      run.data.valid?.split = validSplit
    }
    if augment { run.data.augmentation = run.data.augmentation ?? .chineseCLIP }
    run.data.skipsDamaged = skipBroken || run.data.skipsDamaged
    run.device = device ?? run.device
    run.precision = precision ?? run.precision
    run.seed = seed ?? run.seed
    run.nonFiniteLimit = nonFiniteLimit ?? run.nonFiniteLimit
    guard patience == nil || run.data.valid != nil else {
      throw CommandFailure("--patience waits for recall to rise: it needs --valid to measure it on")
    }
    for index in run.stages.indices {
      if let patience { run.stages[index].patience = patience == 0 ? nil : patience }
      if let epochs {
        run.stages[index].epochs = epochs
        run.stages[index].steps = nil
      }
      run.stages[index].batchSize = batchSize ?? run.stages[index].batchSize
      run.stages[index].microBatch = microBatch ?? run.stages[index].microBatch
      run.stages[index].learningRate = learningRate ?? run.stages[index].learningRate
      if !freeze.isEmpty { run.stages[index].frozen = NamePatterns(freeze) }
    }
    return run
  }
}
