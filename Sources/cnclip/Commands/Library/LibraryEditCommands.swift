import ArgumentParser
import CLIPSearch
import Foundation

/// `cnclip library caption`: gives a picture a sentence.
struct LibraryCaptionCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "caption", abstract: "Give a picture a caption; an empty one takes it away.",
    discussion: "Example: cnclip library caption cat.jpg 我家的猫 --library ~/pictures.library")

  @Argument(help: "The picture's file.")
  var picture: String

  @Argument(help: "The caption.")
  var caption: String

  @OptionGroup var library: LibraryOptions
  @OptionGroup var model: ModelOptions

  func run() async throws {
    let library = try await library.open(with: model)
    try await library.setCaption(caption, of: await library.requireID(picture))
  }
}

/// `cnclip library tag`: gives pictures tags.
struct LibraryTagCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tag", abstract: "Give a picture tags, instead of those that it has.",
    discussion: "Example: cnclip library tag cat.jpg --tags 猫 家 --library ~/pictures.library")

  @Argument(help: "The picture's file.")
  var picture: String

  @Option(parsing: .upToNextOption, help: "The tags; none takes all away.")
  var tags: [String] = []

  @OptionGroup var library: LibraryOptions

  func run() async throws {
    let library = try await library.open()
    try await library.setTags(tags, of: await library.requireID(picture))
  }
}

/// `cnclip library forget`: takes pictures out.
struct LibraryForgetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forget",
    abstract: "Take pictures out of the library; their files stay, and indexing passes them over.",
    discussion: "Example: cnclip library forget cat.jpg --library ~/pictures.library")

  @Argument(help: "The pictures' files.")
  var pictures: [String]

  @OptionGroup var library: LibraryOptions

  func run() async throws {
    let library = try await library.open()
    var ids: [Int64] = []
    for picture in pictures { ids.append(try await library.requireID(picture)) }
    try await library.delete(ids)
  }
}

/// `cnclip library restore`: lets indexing take forgotten pictures in again.
struct LibraryRestoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Let indexing take forgotten pictures in again: those named, or all.",
    discussion: "Example: cnclip library restore --library ~/pictures.library")

  @Argument(help: "The pictures' files.")
  var pictures: [String] = []

  @OptionGroup var library: LibraryOptions

  func run() async throws {
    let library = try await library.open()
    guard !pictures.isEmpty else {
      try await library.restore()
      return
    }
    var unknown = 0
    for picture in pictures where try await library.restore(paths: [picture]) == 0 {
      StandardError.line("'\(picture)' was not taken out of the library")
      unknown += 1
    }
    if unknown > 0 { throw ExitCode.someInputsSkipped }
  }
}

/// `cnclip library rebuild`: makes everything again that can be made again.
struct LibraryRebuildCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rebuild",
    abstract: "Make the files of vectors and the thumbnails again from the database.",
    discussion: """
      Never needed in ordinary use: damage is noticed and mended.

      Example: cnclip library rebuild --library ~/pictures.library
      """)

  @OptionGroup var library: LibraryOptions

  func run() async throws {
    let library = try await library.open()
    try await library.rebuildVectorFiles()
    try await library.discardThumbnails()
  }
}

/// `cnclip library cancel-reembed`: stays with the model there is.
struct LibraryCancelReembedCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel-reembed", abstract: "Give up a change of model that is not complete.",
    discussion: "Example: cnclip library cancel-reembed --library ~/pictures.library")

  @OptionGroup var library: LibraryOptions

  func run() async throws {
    if try await !library.open().cancelReembedding() {
      StandardError.line("no change of model is under way")
    }
  }
}

extension PictureLibrary {
  /// The number of a picture that was named by its file.
  fileprivate func requireID(_ path: String) async throws -> Int64 {
    guard let id = try await id(ofPath: path) else {
      throw CommandFailure("'\(path)' is not in the library")
    }
    return id
  }
}
