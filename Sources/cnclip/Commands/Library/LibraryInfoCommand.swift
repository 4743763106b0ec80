import ArgumentParser
import CLIPSearch
import Files
import Foundation

/// `cnclip library info`: how much is in a library.
struct LibraryInfoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Show how much is in a library and which model it works with.",
    discussion: "Example: cnclip library info --library ~/pictures.library")

  @OptionGroup var library: LibraryOptions

  @Flag(help: "Print JSON.")
  var json = false

  func run() async throws {
    let statistics = try await library.open().statistics()
    let output = try ResultWriter(path: nil)
    if json {
      try output.write(JSONEncoder.forResults.encode(statistics) + Data("\n".utf8))
    } else {
      var table = Table([.left, .left])
      table.add("pictures", "\(statistics.pictures) (\(statistics.vectors) can be searched)")
      table.add("captions", "\(statistics.captions)")
      table.add("tags", "\(statistics.tags)")
      table.add("not readable", "\(statistics.failures)")
      table.add("model", "\(statistics.model ?? "none yet"), \(statistics.dimension) numbers")
      table.add("picture files", Self.size(statistics.pictureBytes))
      table.add("database", Self.size(statistics.databaseBytes))
      if let change = statistics.reembedding {
        table.add("changing to", "\(change.model), \(change.done) done")
      }
      try output.line(table.text)
    }
    try output.finish()
  }

  private static func size(_ bytes: Int64) -> String {
    bytes < 1 << 30
      ? String(format: "%.1f MiB", Double(bytes) / 1_048_576)
      : String(format: "%.2f GiB", Double(bytes) / 1_073_741_824)
  }
}

/// `cnclip library list`: the pictures of a library.
struct LibraryListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the pictures of a library, newest first.",
    discussion: "Example: cnclip library list --library ~/pictures.library --where 'tag = 猫'")

  @OptionGroup var library: LibraryOptions

  @Option(name: .customLong("where"), help: ArgumentHelp("A condition.", valueName: "filter"))
  var filter: String?

  @Option(help: "newest, path or added.")
  var order = "newest"

  @Option(name: [.customShort("k"), .long], help: "How many pictures.")
  var limit = 100

  @Option(help: "How many to leave out before them.")
  var offset = 0

  @Flag(help: "Print JSON.")
  var json = false

  private struct Pictures: Encodable {
    let pictures: [Picture]
  }

  func validate() throws {
    guard PictureLibrary.Order(rawValue: order) != nil else {
      throw ValidationError("--order takes newest, path or added.")
    }
  }

  func run() async throws {
    let pictures = try await library.open().pictures(
      where: LibraryOptions.filter(filter),
      order: PictureLibrary.Order(rawValue: order) ?? .newest, limit: limit, offset: offset)
    let output = try ResultWriter(path: nil)
    if json {
      try output.write(
        JSONEncoder.forResults.encode(Pictures(pictures: pictures)) + Data("\n".utf8))
    } else {
      var table = Table([.right, .left, .left, .left])
      for picture in pictures {
        table.add(
          "\(picture.id)", picture.taken ?? "", picture.path,
          ([picture.caption].compactMap { $0 } + picture.tags.map { "#" + $0 })
            .joined(separator: " "))
      }
      if !pictures.isEmpty { try output.line(table.text) }
    }
    try output.finish()
  }
}

/// `cnclip library failures`: files that could not be taken in.
struct LibraryFailuresCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "failures", abstract: "List the files that could not be read, and why.",
    discussion: "Example: cnclip library failures --library ~/pictures.library")

  @OptionGroup var library: LibraryOptions

  @Flag(help: "Print JSON.")
  var json = false

  private struct Failures: Encodable {
    let failures: [IndexFailure]
  }

  func run() async throws {
    let failures = try await library.open().failures()
    let output = try ResultWriter(path: nil)
    if json {
      try output.write(
        JSONEncoder.forResults.encode(Failures(failures: failures)) + Data("\n".utf8))
    } else {
      for failure in failures {
        try output.line("\(failure.path): \(failure.reason)".showingControls)
      }
    }
    try output.finish()
  }
}
