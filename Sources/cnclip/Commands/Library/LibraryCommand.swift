import ArgumentParser

/// `cnclip library`: looks after a library of pictures.
struct LibraryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "library",
    abstract: "Look after a library: what is in it, captions and tags, import and export.",
    subcommands: [
      LibraryInfoCommand.self, LibraryListCommand.self, LibraryFailuresCommand.self,
      LibraryCaptionCommand.self, LibraryTagCommand.self, LibraryForgetCommand.self,
      LibraryRestoreCommand.self, LibraryImportCommand.self, LibraryExportCommand.self,
      LibraryMoveCommand.self,
      LibraryRebuildCommand.self, LibraryCancelReembedCommand.self,
      LibraryApproximateCommand.self,
      LibraryBenchmarkCommand.self,
    ])
}
