import ArgumentParser
import Torch

/// `cnclip`: Chinese-CLIP as one command.
@main
struct ChineseCLIPCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cnclip",
    abstract: "Pictures and Chinese sentences in one space: match, embed, search, train.",
    discussion: """
      Without --model a small model that comes with the program is used: it knows common objects \
      and animals and works offline. Chinese-CLIP's own models are far better: see \
      'cnclip models' and 'cnclip download'.

      Results go to standard output, everything else to standard error. Exit codes: 0 done; \
      1 failed; 3 done, but some inputs could not be read and were left out; 64 wrong usage.

      Try: cnclip match photo.jpg --texts 一只猫 一辆车 一座山
      """,
    version: "0.1.0",
    groupedSubcommands: [
      CommandGroup(
        name: "Use a model:",
        subcommands: [
          MatchCommand.self, ClassifyCommand.self, ExplainCommand.self, EmbedCommand.self,
          TokenizeCommand.self,
        ]),
      CommandGroup(
        name: "Search pictures:",
        subcommands: [
          IndexCommand.self, SearchCommand.self, DuplicatesCommand.self, ClusterCommand.self,
          LibraryCommand.self, ServeCommand.self,
        ]),
      CommandGroup(
        name: "Get and convert models:",
        subcommands: [
          ModelsCommand.self, DownloadCommand.self, ConvertCommand.self, ExportCommand.self,
          InspectCommand.self,
        ]),
      CommandGroup(
        name: "Prepare data and measure:",
        subcommands: [
          DatasetCommand.self, EvaluateCommand.self, DiagnoseCommand.self, BenchCommand.self,
          DevicesCommand.self,
        ]),
      CommandGroup(
        name: "Train:", subcommands: [FinetuneCommand.self, TrainCommand.self]),
    ])

  static func main() async {
    LibTorch.keepFreedMemory()
    let arguments = Array(CommandLine.arguments.dropFirst())
    var command: any ParsableCommand
    do { command = try parseAsRoot(arguments) } catch {
      // A request for help is no failure, whatever else was written.
      let advice = exitCode(for: error) == .success ? nil : LeadingMinus.advice(for: arguments)
      exit(withError: advice ?? error)
    }
    do {
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      try StandardOutput.finish()
    } catch {
      let error = CommandFailure.explained(error, arguments: arguments)
      guard exitCode(for: error) == .failure, !(error is ExitCode) else { exit(withError: error) }
      for line in CommandFailure.lines(of: error) { StandardError.line(line) }
      exit(withError: ExitCode.failure)
    }
  }
}
