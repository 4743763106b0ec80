import ArgumentParser
import CLIPSearch
import Files
import Foundation

/// `cnclip cluster`: what a library is made of.
struct ClusterCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cluster",
    abstract: "Sort the pictures of a library into groups and propose a word for each.",
    discussion: """
      Example: cnclip cluster --library ~/pictures.library --count 12
      """)

  @OptionGroup var library: LibraryOptions
  @OptionGroup var model: ModelOptions

  @Option(help: "How many groups; by default it depends on the number of pictures.")
  var count: Int?

  @Option(help: ArgumentHelp("Words to choose from, one a line.", valueName: "file"))
  var words: String?

  @Option(name: .customLong("where"), help: ArgumentHelp("A condition.", valueName: "filter"))
  var filter: String?

  @Option(help: "How many pictures of each group are shown.")
  var show = 5

  @Flag(help: "Print JSON.")
  var json = false

  private struct Clusters: Encodable {
    let clusters: [Entry]
  }

  private struct Entry: Encodable {
    let labels: [String]
    let count: Int
    let cohesion: Float
    let pictures: [String]
  }

  func run() async throws {
    let library = try await library.open(with: model)
    let list = try words.map { try TextLines(path: $0).words }
    let filter = try LibraryOptions.filter(filter)
    let clusters = try await library.clusters(count: count, where: filter, words: list)
    var entries: [Entry] = []
    for cluster in clusters {
      let shown = json ? cluster.pictures : Array(cluster.pictures.prefix(max(0, show)))
      entries.append(
        Entry(
          labels: cluster.labels, count: cluster.pictures.count, cohesion: cluster.cohesion,
          pictures: try await library.pictures(shown).map(\.path)))
    }
    let output = try ResultWriter(path: nil)
    if json {
      try output.write(
        JSONEncoder.forResults.encode(Clusters(clusters: entries)) + Data("\n".utf8))
    } else {
      for entry in entries {
        let title = entry.labels.isEmpty ? "(no label)" : entry.labels.joined(separator: " / ")
        try output.line(
          "\(title)  \(entry.count) pictures, cohesion \(String(format: "%.2f", entry.cohesion))")
        for path in entry.pictures { try output.line("  " + path.showingControls) }
      }
    }
    try output.finish()
  }
}
