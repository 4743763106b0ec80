public import Foundation

/// The folder where downloaded models are kept.
///
/// ```
/// <folder>/<hub>/<organisation>/<name>/<revision>/
///     config.json, vocab.txt, pytorch_model.bin, …   complete and verified files only
///     pytorch_model.bin.part, .part.json             an interrupted download, and what it was of
///     .cnclip.json                                   what the hub lists, and what is complete
///     .lock                                          held while a process downloads
/// ```
///
/// `<hub>` is `huggingface` or `modelscope`: mirrors of a hub share a folder. Any folder may be
/// deleted at any time; what is missing is fetched again.
public struct ModelCache: Hashable, Sendable {
  /// The folder of all models.
  public let folder: URL

  /// A cache in a folder, which need not be there yet.
  public init(folder: URL) {
    self.folder = folder
  }

  /// The cache of this user: `$CNCLIP_CACHE`, or `~/.cache/cnclip`.
  public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    if let path = environment["CNCLIP_CACHE"], !path.isEmpty {
      folder = URL(filePath: path, directoryHint: .isDirectory)
    } else {
      folder = FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache/cnclip")
    }
  }

  /// Where the files of a repository are, or would be.
  public func folder(of repository: HubRepository) -> URL {
    folder.appending(
      path: "\(repository.layout.rawValue)/\(repository.name)/"
        + repository.encodedRevision, directoryHint: .isDirectory)
  }

  /// The folder of a repository if all selected files are complete in it; looks at the disk only.
  public func location(of repository: HubRepository, files: FileSelection) -> URL? {
    let folder = folder(of: repository)
    guard
      let record = DownloadRecord(in: folder),
      case .success(let wanted) = files.choose(from: record.listing),
      wanted.allSatisfy({ record.holds($0, in: folder) })
    else { return nil }
    return folder
  }
}
