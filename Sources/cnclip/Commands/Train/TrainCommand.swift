import ArgumentParser
import CLIPModels
import CLIPTraining
import Foundation

/// `cnclip train`.
struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a model as a run file says, in one or more stages.",
    discussion: """
      The run file names everything: what to start from, data, stages, optimiser, precision. It is \
      copied into the run folder, where best/ is the best model, last/ what --resume continues \
      from, train.log and metrics.jsonl what happened, and curves.svg a picture of it. Ctrl-C saves \
      and ends.

      With RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT in the environment (torchrun, Slurm, \
      Kubernetes) the process joins that job as one of its workers.

      Examples:
        cnclip train run.json --output runs/first --resume
        cnclip train run.json --output runs/both --nproc 2
      """)

  @Argument(
    help: ArgumentHelp(
      "The run file; 'cnclip finetune' leaves one in its run folder to start from.",
      valueName: "config.json"))
  var file: String

  @OptionGroup var run: RunOptions

  func run() async throws {
    let json = try ConfigurationFile.read(URL(filePath: file))
    try TrainingSession(options: run).run {
      try TrainingConfiguration(json: json, file: file)
    }
  }
}
