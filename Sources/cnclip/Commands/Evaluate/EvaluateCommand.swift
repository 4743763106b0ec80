import ArgumentParser

/// `cnclip evaluate`: how good a model, or a file of predictions, is.
struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure retrieval and classification of a model, or of files step by step.",
    discussion: """
      'retrieval' and 'zeroshot' measure a model as it is; 'probe' what its vectors are worth with \
      labelled pictures, 'findings' how well it tells labels of which a picture may have several, \
      'wise' the models between two, 'alignment' which word belongs to which place. 'topk', 'recall' \
      and 'transform' are the original's single steps, on the original's files: searching features, \
      counting predictions, turning annotations of texts into annotations of pictures.
      """,
    subcommands: [
      EvaluateRetrievalCommand.self, EvaluateZeroShotCommand.self, EvaluateProbeCommand.self,
      EvaluateFindingsCommand.self, EvaluateWiseCommand.self, EvaluateAlignmentCommand.self,
      EvaluateTopKCommand.self, EvaluateRecallCommand.self, EvaluateTransformCommand.self,
    ])
}
