package import CLIPData
import Foundation

/// All inputs of a cleaning, their parts numbered through.
package struct CleaningInput: Sendable {
  package let sources: [any CleaningSource]
  /// Number of the first part with rows of each source; one more at the end.
  package let rowStarts: [Int]
  /// Number of the first part with pictures of each source; one more at the end.
  package let pictureStarts: [Int]

  package var rowParts: Int { rowStarts[sources.count] }
  package var pictureParts: Int { pictureStarts[sources.count] }
  /// Whether any row has a picture.
  package var hasPictures: Bool { pictureParts > 0 }
  /// What was left out while the sources were read.
  package var problems: [String] { sources.flatMap(\.problems) }

  /// - Throws: ``CleaningError/invalid(_:)`` for lists of texts together with pictures.
  package init(_ sources: [any CleaningSource]) throws {
    let kinds = Set(sources.map(Kind.init))
    guard kinds.count == 1, let kind = kinds.first else {
      throw CleaningError.invalid(
        sources.isEmpty
          ? "There is nothing to clean."
          : "Tar shards, data sets and lists of texts cannot be cleaned together: each kind is written as it was."
      )
    }
    self.kind = kind
    self.sources = sources
    rowStarts = sources.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.rowParts) }
    pictureStarts = sources.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.pictureParts) }
  }

  /// What is read, and so what is written.
  package enum Kind: Hashable, Sendable {
    case shards
    case dataset
    case texts

    init(_ source: any CleaningSource) {
      self = source is ShardSource ? .shards : source is TextListSource ? .texts : .dataset
    }
  }

  package let kind: Kind

  /// The source of a part with rows, and the part's number in it.
  package func place(ofRowPart part: Int) -> (source: Int, part: Int) {
    let source = rowStarts.lastIndex { $0 <= part } ?? 0
    return (min(source, sources.count - 1), part - rowStarts[min(source, sources.count - 1)])
  }

  /// Rows of each part.
  var rowCounts: [Int] {
    sources.flatMap { source in (0..<source.rowParts).map { source.rowCount(ofPart: $0) } }
  }

  /// Pictures of each part.
  var pictureCounts: [Int] {
    sources.flatMap { source in (0..<source.pictureParts).map { source.pictureCount(ofPart: $0) } }
  }

  package func rows(ofPart part: Int) throws -> Rows {
    let place = place(ofRowPart: part)
    return Rows(
      part: try sources[place.source].rows(ofPart: place.part),
      firstPicturePart: pictureStarts[place.source])
  }

  package func pictures(ofPart part: Int) throws -> any PicturePart {
    let source = min(pictureStarts.lastIndex { $0 <= part } ?? 0, sources.count - 1)
    return try sources[source].pictures(ofPart: part - pictureStarts[source])
  }

  /// A part whose references to pictures count through all sources.
  package struct Rows: Sendable {
    let part: any RowPart
    let firstPicturePart: Int

    package var count: Int { part.count }

    package func row(at index: Int) throws -> CleaningRow {
      let row = try part.row(at: index)
      guard firstPicturePart > 0, var picture = row.picture else { return row }
      picture.part += firstPicturePart
      return CleaningRow(
        name: row.name, text: row.text, textID: row.textID, picture: picture,
        address: row.address)
    }
  }
}

extension CleaningInput {
  /// Opens what a person names.
  ///
  /// - Parameters:
  ///   - paths: data sets, tar shards or patterns of them, folders of shards or of pictures with texts,
  ///     tables, lists of texts.
  ///   - split: the part of data sets.
  ///   - policy: what to do with lines of data sets that cannot be used.
  /// - Returns: the inputs in their order.
  /// - Throws: ``CleaningError``, `DataError`.
  package static func open(
    _ paths: [String], split: String, policy: DamagePolicy
  ) throws -> CleaningInput {
    try CleaningInput(paths.flatMap { try sources($0, split: split, policy: policy) })
  }

  private static func sources(
    _ path: String, split: String, policy: DamagePolicy
  ) throws -> [any CleaningSource] {
    func shards(_ urls: [URL]) throws -> [any CleaningSource] {
      try concurrentMap(count: urls.count) { index in Result { try ShardSource(urls[index]) } }
        .map { try $0.get() }
    }
    if path.hasSuffix(".tar") { return try shards(ShardPattern.expand(path)) }
    let url = URL(filePath: path)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw CleaningError.invalid("There is no file or folder \(path).")
    }
    guard isFolder.boolValue else {
      guard let form = TextListSource.form(of: path) else {
        throw CleaningError.invalid(
          "\(path) is no tar shard (.tar), table (.csv, .tsv) or list of texts (.txt, .jsonl).")
      }
      let list = try TextListSource(url, form: form)
      guard list.namesPictures else { return [list] }
      return [try DatasetSource(FileDataset(table: url, policy: policy), files: [url])]
    }
    if let location = try? DatasetLocation.find(path, split: split) {
      switch location {
      case .shards(let urls): return try shards(urls)
      case .sourceFiles(let images, let texts):
        return [try DatasetSource(location.open(policy: policy), files: [images, texts])]
      case .database(let folder):
        let files = ["pairs", "imgs"].map { folder.appending(path: "\($0)/data.mdb") }
        return [try DatasetSource(location.open(policy: policy), files: files)]
      }
    }
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    let archives = names.filter { $0.hasSuffix(".tar") }.map { url.appending(path: $0) }
    if !archives.isEmpty { return try shards(archives) }
    let captions = url.appending(path: "\(split)_texts.jsonl")
    if FileManager.default.fileExists(atPath: captions.path) {
      return [try TextListSource(captions, form: .json)]
    }
    let dataset =
      ImportForm.guess(path, split: split) == .classes
      ? try FileDataset(classFolders: url, policy: policy)
      : try FileDataset(folder: url, policy: policy)
    return [try DatasetSource(dataset, files: [url])]
  }
}
