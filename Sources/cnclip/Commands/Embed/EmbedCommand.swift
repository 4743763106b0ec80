import ArgumentParser

/// `cnclip embed`: pictures and texts to vectors.
struct EmbedCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed",
    abstract: "Turn pictures or texts into vectors.",
    subcommands: [EmbedImagesCommand.self, EmbedTextsCommand.self])
}
