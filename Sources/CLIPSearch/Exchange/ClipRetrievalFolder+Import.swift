import CLIPModels
import Files
import Foundation
import Threads

extension ClipRetrievalFolder {
  /// Reads a folder.
  ///
  /// Relative picture paths lie in the folder; what leads out of it, vectors that are no directions
  /// and partitions whose files do not belong together are left out and reported. Pictures in the
  /// folder, and in those named, may be shown from then on.
  ///
  /// - Parameters:
  ///   - folder: With `img_emb` and `metadata` in it.
  ///   - pictureFolders: Where the picture files lie besides.
  ///   - progress: Called with the number of pictures so far.
  /// - Returns: What was taken in and what was not.
  /// - Throws: ``SearchError/importFile(path:line:problem:)``, also when nothing could be taken in.
  public func importPictures(
    from folder: String, pictureFolders: [String] = [], progress: (Int) -> Void = { _ in }
  ) async throws -> ImportReport {
    try await offloaded {
      let folder = Paths.absolute(folder)
      let (partitions, strangers) = try ClipRetrievalPartition.list(folder)
      if let partition = partitions.first(where: { $0.metadata == nil && $0.parquet != nil }) {
        throw Self.parquetProblem(partition)
      }
      var report = ImportReport()
      for file in strangers { report.omit(file, "its name is none of clip-retrieval's") }
      try await library.allow([folder] + pictureFolders)
      let allowed = try await library.servedFolders()
      for partition in partitions {
        let sources = try open(partition, &report)
        if let sources { try await take(sources, of: folder, allowed, &report, progress) }
      }
      if report.taken == 0, let first = report.omissions.first {
        throw SearchError.importFile(path: first.source, line: nil, problem: first.reason)
      }
      return report
    }
  }

  /// A partition whose files belong together.
  private struct Sources {
    let partition: ClipRetrievalPartition
    let images: NumPyFile
    let texts: NumPyFile?
    let metadata: String
  }

  private func open(
    _ partition: ClipRetrievalPartition, _ report: inout ImportReport
  ) throws -> Sources? {
    func matrix(_ path: String) throws -> NumPyFile {
      try SearchError.wrapping { try NumPyFile(URL(filePath: path)) }
    }
    let images = try partition.images.map(matrix)
    var texts = try partition.texts.map(matrix)
    let lines = try partition.metadata.map { (path: $0, count: try Self.lineCount($0)) }
    guard let images else {
      let reason = "there is no img_emb_\(partition.name).npy"
      if let texts { report.omit(texts.path, count: texts.rows, reason) }
      if let lines { report.omit(lines.path, count: lines.count, reason) }
      return nil
    }
    guard let lines else {
      report.omit(
        images.path, count: images.rows, "there is no metadata_\(partition.name).jsonl")
      return nil
    }
    guard lines.count == images.rows else {
      report.omit(
        images.path, count: images.rows,
        "\(lines.path) has \(lines.count) lines for its \(images.rows) vectors")
      return nil
    }
    if let some = texts, some.rows != images.rows {
      report.omit(some.path, count: some.rows, "it has not as many rows as \(images.path)")
      texts = nil
    }
    return Sources(partition: partition, images: images, texts: texts, metadata: lines.path)
  }

  private func take(
    _ sources: Sources, of folder: String, _ allowed: [String], _ report: inout ImportReport,
    _ progress: (Int) -> Void
  ) async throws {
    var reader = try ImportLines(sources.metadata, like: #"{"image_path": …, "caption": …}"#)
    var row = 0
    while row < sources.images.rows {
      let lines = try reader.next(Self.batch) { try Metadata(&$0) }
      guard !lines.isEmpty else { break }
      var pictures: [ImportedPicture] = []
      for (number, line) in zip(row..., lines) {
        if let picture = picture(number, line.value, sources, folder, &report) {
          pictures.append(picture)
        }
      }
      try await library.importPictures(pictures, modelSource: modelSource)
      report.noteOutside(pictures, allowed)
      row += lines.count
      report.taken += pictures.count
      progress(report.taken)
      try Task.checkCancellation()
    }
  }

  private func picture(
    _ number: Int, _ metadata: Metadata, _ sources: Sources, _ folder: String,
    _ report: inout ImportReport
  ) -> ImportedPicture? {
    let unnamed = "\(folder)#\(sources.partition.name)/\(number)"
    guard let path = metadata.name(in: folder, otherwise: unnamed) else {
      report.omit(sources.metadata, row: number, "its path leads out of the folder")
      return nil
    }
    let vector = sources.images.row(number)
    guard UnitVector.of(vector) != nil else {
      report.omit(sources.images.path, row: number, "its numbers are not finite, or only zeros")
      return nil
    }
    var captionVector = sources.texts?.row(number)
    if let texts = sources.texts, let some = captionVector,
      UnitVector.of(some) == nil
    {
      report.omit(texts.path, row: number, "its numbers are not finite, or only zeros")
      captionVector = nil
    }
    return ImportedPicture(
      path: path, vector: vector, caption: metadata.caption, captionVector: captionVector,
      width: metadata.width ?? 0, height: metadata.height ?? 0)
  }

  /// Lines that are not blank.
  private static func lineCount(_ path: String) throws -> Int {
    let file = try SearchError.wrapping { try MappedFile(URL(filePath: path)) }
    var count = 0
    file.forEachLine { _ in count += 1 }
    return count
  }

  private static func parquetProblem(_ partition: ClipRetrievalPartition) -> SearchError {
    let path = partition.parquet ?? ""
    let base = path.dropLast(".parquet".count)
    return .importFile(
      path: path, line: nil,
      problem: "parquet is not read; write it as JSON lines first: python3 -c \"import pandas; "
        + "pandas.read_parquet('\(path)').to_json('\(base).jsonl', orient='records', "
        + "lines=True, force_ascii=False)\"")
  }
}

extension ClipRetrievalFolder.Metadata {
  /// What the picture is known by: its file, its address or its key.
  ///
  /// - Returns: `nil` for a relative path that leads out of the folder.
  func name(in folder: String, otherwise unnamed: String) -> String? {
    let name = [path, url, key].lazy.compactMap { $0 }.first { !$0.isEmpty }
    guard let name else { return unnamed }
    if name.utf8.first == UInt8(ascii: "/") { return Paths.absolute(name) }
    let isPath = name == path
    // A name that begins like the library's own pictures must not pass for one.
    if !isPath { return name.hasPrefix("./") ? nil : name }
    guard !name.split(separator: "/").contains("..") else { return nil }
    return Paths.absolute(folder + "/" + name)
  }
}

extension ImportReport {
  /// Counts pictures whose files are there and may not be shown.
  mutating func noteOutside(_ pictures: [ImportedPicture], _ allowed: [String]) {
    for path in pictures.lazy.map(\.path) where path.utf8.first == UInt8(ascii: "/") {
      let isInside = allowed.contains { path == $0 || Paths.isInside(path, folder: $0) }
      guard !isInside, access(path, F_OK) == 0 else { continue }
      outside += 1
      outsideFolder = outsideFolder ?? Paths.split(path).folder
    }
  }
}
