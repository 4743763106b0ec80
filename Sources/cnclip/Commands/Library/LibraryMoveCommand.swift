import ArgumentParser
import CLIPSearch
import Foundation

/// `cnclip library move`: from one store to another.
struct LibraryMoveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "move",
    abstract: "Bring a library into another store: SQLite, PostgreSQL, Milvus.",
    discussion: """
      Pictures with their vectors, captions, tags and times, and all notes go over; thumbnails and \
      added pictures stay in the library's folder, which goes on with the new store. The command may \
      be stopped at any moment, or killed, and goes on where it was. At the end both stores are \
      compared, picture by picture; only if they are the same does the folder change over. What the \
      old store holds is not touched.

      Examples:
        cnclip library move --library ~/pictures.library --to postgres://me@db/photos?schema=album
        cnclip library move --library ~/pictures.library --to sqlite:$HOME/pictures.library
      """)

  @OptionGroup var library: LibraryOptions

  @Option(help: ArgumentHelp("The address of the new store.", valueName: "address"))
  var to: String

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Show no progress and no summary.")
  var quiet = false

  func run() async throws {
    let source = try await library.open()
    let target = try await library.open(store: to, creating: true)
    guard source.storeName != target.storeName else {
      throw CommandFailure("The library is in \(target.storeName) already.")
    }
    let total = try await source.statistics().pictures
    let progress = Progress("moving", total: total, unit: "pictures", quiet: quiet)
    let report = try await Interruption.cancelling {
      try await source.copy(to: target) { progress.set(done: $0) }
    }
    progress.finish()
    try StoreNote(folder: library.library).write(to)
    if json {
      let output = try ResultWriter(path: nil)
      try output.write(JSONEncoder.forResults.encode(report) + Data("\n".utf8))
      try output.finish()
    } else if !quiet {
      StandardError.line(
        "\(report.pictures) pictures with \(report.vectors) vectors are in \(target.storeName), "
          + "compared one by one; \(report.written) written now"
          + String(format: " (%.1f s)", report.seconds))
      StandardError.line(
        "\(library.library) works with it from now on; \(source.storeName) still holds them too")
    }
  }
}
