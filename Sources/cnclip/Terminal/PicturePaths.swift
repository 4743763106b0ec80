import CLIPImages

/// Pictures as the user names them: files as they are, folders walked in sorted order.
struct PicturePaths {
  /// Pictures, in order.
  let paths: [String]
  /// What was left out.
  let failures: [PictureLister.Failure]

  /// - Parameter arguments: files and folders.
  /// - Throws: ``CommandFailure`` for what is not there, and for a folder without pictures.
  init(_ arguments: [String]) throws {
    var lister = PictureLister()
    for argument in arguments {
      let before = (lister.files.count, lister.failures.count, lister.repeatedFolders.count)
      do { try lister.list(argument) } catch ImageError.unreadable(let reason) {
        throw CommandFailure("'\(argument)' cannot be read: \(reason)")
      }
      guard (lister.files.count, lister.failures.count, lister.repeatedFolders.count) != before
      else { throw CommandFailure("there are no pictures in '\(argument)'") }
    }
    paths = lister.files.map(\.path)
    failures = lister.failures
  }
}
