import ArgumentParser
import CLIPSearch
import Files
import Foundation

/// `cnclip duplicates`: pictures that look nearly the same.
struct DuplicatesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "duplicates",
    abstract: "Find pictures of a library that look nearly the same.",
    discussion: """
      The first picture of each group has the most pixels. Nothing is deleted.

      Example: cnclip duplicates --library ~/pictures.library --similarity 0.98
      """)

  @OptionGroup var library: LibraryOptions

  @Option(help: "From which cosine on pictures count as the same, from 0.5 to 1.")
  var similarity: Float = 0.97

  @Option(name: .customLong("where"), help: ArgumentHelp("A condition.", valueName: "filter"))
  var filter: String?

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Show no progress.")
  var quiet = false

  private struct Groups: Encodable {
    let groups: [PictureLibrary.DuplicateGroup]
  }

  func run() async throws {
    let library = try await library.open()
    let progress = Progress("comparing", total: nil, unit: "pictures", quiet: quiet)
    let groups = try await Interruption.cancelling { [similarity, filter] in
      try await library.duplicates(
        threshold: similarity, where: LibraryOptions.filter(filter),
        progress: { progress.set(done: $0, total: $1) })
    }
    progress.finish()
    let output = try ResultWriter(path: nil)
    if json {
      try output.write(
        JSONEncoder.forResults.encode(Groups(groups: groups)) + Data("\n".utf8))
    } else {
      for group in groups {
        try output.line(
          "\(group.pictures.count) pictures, cosine \(String(format: "%.3f", group.similarity))")
        for picture in group.pictures {
          try output.line("  \(picture.path.showingControls)  \(picture.width) x \(picture.height)")
        }
      }
      if groups.isEmpty { StandardError.line("no two pictures look the same") }
    }
    try output.finish()
  }
}
