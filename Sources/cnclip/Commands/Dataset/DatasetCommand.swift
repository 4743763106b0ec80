import ArgumentParser

/// `cnclip dataset`: making, checking and describing data sets.
struct DatasetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dataset",
    abstract: "Make, check and describe data sets of pictures and captions.",
    discussion: """
      A data set is Chinese-CLIP's: {split}_imgs.tsv with lines of id<TAB>base64 and \
      {split}_texts.jsonl with lines of {"text_id", "text", "image_ids"}. It is read where it lies; \
      LMDB (lmdb/{split}, as the original makes it) and tar shards are read too.
      """,
    subcommands: [
      DatasetFetchCommand.self,
      DatasetImportCommand.self, DatasetCheckCommand.self, DatasetStatsCommand.self,
      DatasetLMDBCommand.self, DatasetClassesCommand.self, DatasetCleanCommand.self,
      DatasetTranslateCommand.self, DatasetLabelsCommand.self, DatasetFindingsCommand.self,
    ])
}
