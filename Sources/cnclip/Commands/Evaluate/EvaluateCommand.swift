import ArgumentParser

/// `cnclip evaluate`: how good a model, or a file of predictions, is.
struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure retrieval and classification of a model, or of files step by step.",
    discussion: """
      'retrieval' and 'zeroshot' do it all. The others are the original's single steps, on the \
      original's files: 'topk' searches features, 'recall' counts predictions, 'transform' turns annotations of texts \
      into annotations of pictures.
      """,
    subcommands: [
      EvaluateRetrievalCommand.self, EvaluateZeroShotCommand.self, EvaluateTopKCommand.self,
      EvaluateRecallCommand.self,
      EvaluateTransformCommand.self,
    ])
}
