import CLIPImages
import Files
public import Foundation

/// Picture files with their captions: from a folder, a folder of classes, or a table.
///
/// Pictures are numbered from 0 in order; equal captions become one caption of several pictures, so recall
/// counts either picture and training does not call one of them wrong.
public struct FileDataset: PairDataset {
  /// The folder or table.
  public let source: String
  /// Pictures and rows that were left out; empty under ``DamagePolicy/fail``.
  public let problems: [DataError]
  /// The picture files; a picture's id is its index.
  public let files: [URL]
  /// Number of pairs.
  public var pairCount: Int { pairStarts[texts.count] }

  private let texts: [Caption]
  private let pairStarts: [Int]

  private init(source: String, builder: Builder, problems: [DataError]) {
    self.source = source
    self.problems = problems
    files = builder.files
    texts = builder.captions
    var starts = [0]
    for caption in texts { starts.append(starts[starts.count - 1] + caption.imageIDs.count) }
    pairStarts = starts
  }

  /// Opens a folder in which each picture has its captions beside it, one a line.
  ///
  /// The captions of `cat.jpg` are in `cat.txt`. Subfolders are walked, everything in sorted order.
  ///
  /// - Throws: ``DataError``, for a picture without a text file too.
  public init(folder: URL, policy: DamagePolicy = .fail) throws {
    var builder = Builder()
    var problems: [DataError] = []
    for picture in try Self.pictures(in: folder, policy, &problems) {
      let textFile = picture.deletingPathExtension().appendingPathExtension("txt")
      do {
        let lines = try Self.lines(of: textFile)
        guard !lines.isEmpty else {
          throw DataError.unreadable(path: textFile.path, reason: "it holds no caption")
        }
        let image = builder.add(picture)
        for line in lines { builder.add(line, to: image) }
      } catch {
        if policy == .fail { throw error }
        if let error = error as? DataError { problems.append(error) }
      }
    }
    try Self.requirePictures(builder, problems, in: folder)
    self.init(source: folder.path, builder: builder, problems: problems)
  }

  /// Opens a folder with one subfolder a class.
  ///
  /// - Parameters:
  ///   - folder: holds the class folders, taken in lexicographic order.
  ///   - names: the classes' names in that order (Chinese-CLIP's `label_cn.txt`); the folders' own names if
  ///     nil.
  ///   - templates: captions for a class, with `{}` where its name goes.
  ///   - policy: what to do with what cannot be read.
  /// - Throws: ``DataError``, for a wrong number of names too.
  public init(
    classFolders folder: URL, names: [String]? = nil, templates: [String] = ["{}"],
    policy: DamagePolicy = .fail
  ) throws {
    let children: [URL]
    do {
      children = try FileManager.default.contentsOfDirectory(
        at: folder, includingPropertiesForKeys: [.isDirectoryKey], options: .skipsHiddenFiles)
    } catch {
      throw DataError.unreadable(path: folder.path, reason: "it is not a folder that can be listed")
    }
    let classes = children.filter { $0.hasDirectoryPath || Self.isDirectory($0) }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
    let names = names ?? classes.map(\.lastPathComponent)
    guard names.count == classes.count else {
      throw DataError.invalidSetting(
        "\(folder.path) has \(classes.count) class folders, but \(names.count) names were given.")
    }
    guard !templates.isEmpty, templates.allSatisfy({ $0.contains("{}") }) else {
      throw DataError.invalidSetting("A caption template must contain {} for the class's name.")
    }
    var builder = Builder()
    var problems: [DataError] = []
    for (folder, name) in zip(classes, names) {
      for picture in try Self.pictures(in: folder, policy, &problems) {
        let image = builder.add(picture)
        for template in templates { builder.add(template.replacing("{}", with: name), to: image) }
      }
    }
    try Self.requirePictures(builder, problems, in: folder)
    self.init(source: folder.path, builder: builder, problems: problems)
  }

  /// Opens a table of paths and captions.
  ///
  /// - Parameters:
  ///   - table: a file of comma- or tab-separated values, UTF-8.
  ///   - columns: which columns hold the path and the caption.
  ///   - folder: what relative paths start from; the table's folder if nil.
  ///   - policy: what to do with rows whose file is missing or whose caption is empty.
  /// - Throws: ``DataError`` with the line.
  public init(
    table: URL, columns: TableColumns = TableColumns(), relativeTo folder: URL? = nil,
    policy: DamagePolicy = .fail
  ) throws {
    let rows = try DataError.wrapping { try columns.rows(of: MappedFile.text(table)) }
    let base = folder ?? table.deletingLastPathComponent()
    var builder = Builder()
    var problems: [DataError] = []
    var missing = Set<String>()
    for row in rows {
      let file = URL(fileURLWithPath: row.image, relativeTo: base).absoluteURL
      let caption = row.caption.trimmingCharacters(in: .whitespacesAndNewlines)
      let isThere = builder.contains(file) || FileManager.default.isReadableFile(atPath: file.path)
      guard isThere, !caption.isEmpty else {
        missing.insert(file.path)
        let problem = DataError.badLine(
          path: table.path, line: row.line,
          problem: isThere ? "the caption is empty" : "there is no file \(file.path)")
        if policy == .fail { throw problem }
        problems.append(problem)
        continue
      }
      builder.add(caption, to: builder.add(file))
    }
    try Self.requirePictures(builder, problems, in: table)
    self.init(source: table.path, builder: builder, problems: problems)
  }

  /// One pair; see ``PairDataset/pair(at:)``.
  public func pair(at index: Int) throws -> CaptionPair {
    guard index >= 0, index < pairCount else {
      throw DataError.invalidSetting(
        "Pair \(index) was asked of \(source), which has \(pairCount).")
    }
    let place = pairStarts.lastStart(notAfter: index)
    let caption = texts[place]
    return CaptionPair(
      imageID: caption.imageIDs[index - pairStarts[place]], textID: caption.textID,
      text: caption.text)
  }

  /// The bytes of a picture file; see ``PairDataset/imageData(for:)``.
  public func imageData(for imageID: Int64) throws -> Data {
    guard let index = Int(exactly: imageID), files.indices.contains(index) else {
      throw DataError.unknownImage(id: imageID, source: source)
    }
    return try DataError.wrapping { try MappedFile(files[index]).contents() }
  }

  /// Numbers of all pictures.
  public func imageIDs() -> [Int64] { files.indices.map { Int64($0) } }

  /// All captions, in the order in which they first occur.
  public func captions() -> [Caption] { texts }
}

extension FileDataset {
  /// Collects pictures and captions, each once.
  private struct Builder {
    var files: [URL] = []
    private var imageOfPath: [String: Int] = [:]
    private var texts: [String] = []
    private var images: [[Int64]] = []
    private var placeOfText: [String: Int] = [:]

    var captions: [Caption] {
      texts.indices.map {
        Caption(textID: Int64($0), text: texts[$0], imageIDs: images[$0])
      }
    }

    func contains(_ file: URL) -> Bool { imageOfPath[file.path] != nil }

    mutating func add(_ file: URL) -> Int {
      if let image = imageOfPath[file.path] { return image }
      imageOfPath[file.path] = files.count
      files.append(file)
      return files.count - 1
    }

    mutating func add(_ text: String, to image: Int) {
      let place: Int
      if let known = placeOfText[text] {
        place = known
      } else {
        place = texts.count
        placeOfText[text] = place
        texts.append(text)
        images.append([])
      }
      if images[place].last != Int64(image), !images[place].contains(Int64(image)) {
        images[place].append(Int64(image))
      }
    }
  }

  private static func requirePictures(
    _ builder: Builder, _ problems: [DataError], in place: URL
  ) throws {
    guard builder.files.isEmpty else { return }
    throw DataError.unreadable(
      path: place.path,
      reason: problems.isEmpty
        ? "no pictures were found there"
        : "none of its pictures can be used; the first problem: \(problems[0])")
  }

  private static func isDirectory(_ url: URL) -> Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory)
      && isDirectory.boolValue
  }

  /// Picture files below a folder in sorted order.
  private static func pictures(
    in folder: URL, _ policy: DamagePolicy, _ problems: inout [DataError]
  ) throws -> [URL] {
    guard isDirectory(folder) else {
      throw DataError.unreadable(path: folder.path, reason: "it is not a folder")
    }
    var lister = PictureLister()
    try lister.list(folder.path)
    let failures = lister.failures.map { DataError.unreadable(path: $0.path, reason: $0.reason) }
    if policy == .fail, let first = failures.first { throw first }
    problems += failures
    return lister.files.map { URL(fileURLWithPath: $0.path) }
  }

  private static func lines(of url: URL) throws -> [String] {
    let file = try DataError.wrapping { try MappedFile.text(url) }
    var lines: [String] = []
    try file.forEachLine { line in
      lines.append(try DataError.wrapping { try file.string(line.range) })
    }
    return lines
  }
}
