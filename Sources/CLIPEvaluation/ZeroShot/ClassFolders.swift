public import CLIPModels
import Files
public import Foundation

/// Pictures in one folder a class, and a file of labels in the order of the folders: the original's
/// layout for zero-shot classification, and ImageNet's.
///
/// ```
/// eurosat_clip/label_cn.txt     one label a line
/// eurosat_clip/test/000/…       pictures of the first label
/// eurosat_clip/test/001/…
/// eurosat_clip/index.json       optional: the leaderboard's order of the predictions
/// ```
///
/// Source: `cn_clip/eval/data.py`, torchvision's `ImageFolder`: folders in lexicographic order are the
/// classes, and so are the files below each, however deep.
public struct ClassFolders: Sendable {
  /// The data set's name: that of its folder.
  public let name: String
  /// The data set's folder.
  public let root: URL
  /// The folder that holds the class folders.
  public let directory: URL
  /// The labels, in the order of the class folders.
  public let labels: [String]
  /// The names of the class folders.
  public let folders: [String]
  /// The pictures: path and class, in torchvision's order.
  public let pictures: [(path: String, label: Int)]
  /// Labels whose folder holds no picture.
  public let emptyLabels: [Int]
  /// Files in class folders that have no picture's ending.
  public let otherFiles: [String]

  /// The endings that count, torchvision's and those that this package reads besides.
  static let endings: Set<String> = [
    "jpg", "jpeg", "png", "ppm", "bmp", "pgm", "tif", "tiff", "webp", "gif", "jpe", "jfif", "heic",
    "heif",
    "avif", "jxl",
  ]
  private static let labelFileNames = ["label_cn.txt", "label.txt"]
  private static let maximumLabelBytes = 16 << 20

  /// Looks a data set up.
  ///
  /// - Parameters:
  ///   - root: the data set's folder.
  ///   - split: the folder of the class folders; the first of `test`, `val` and `valid` that is there,
  ///     or the data set's folder itself, if absent.
  ///   - labelFile: the labels; `label_cn.txt` or `label.txt` in the data set's folder if absent.
  ///   - name: the data set's name; the folder's by default.
  ///   - other: another part of the same data set, whose folders these are; some may be missing here.
  /// - Throws: ``EvaluationError/badFile(path:problem:)`` when the layout is not as above, with the
  ///   folders or labels that are missing by name.
  public init(
    _ root: URL, split: String? = nil, labelFile: URL? = nil, name: String? = nil,
    like other: ClassFolders? = nil
  ) throws {
    // `resolvingSymlinksInPath` gives `.` and `data/` a name.
    let root = root.resolvingSymlinksInPath()
    self.root = root
    self.name = name ?? root.lastPathComponent
    directory = try Self.directory(in: root, split: split)
    let present = try Self.folders(in: directory)
    if let other {
      if let stranger = present.first(where: { !other.folders.contains($0) }) {
        throw EvaluationError.badFile(
          path: directory.appending(path: stranger).path,
          problem: "there is no class folder of this name in \(other.directory.path)")
      }
      (labels, folders) = (other.labels, other.folders)
    } else {
      let labelFile = try labelFile ?? Self.labelFile(in: root)
      (labels, folders) = (try Self.labels(in: labelFile), present)
      guard labels.count == folders.count else {
        throw EvaluationError.badFile(
          path: labelFile.path,
          problem: Self.mismatch(labels: labels, folders: folders, in: directory))
      }
    }
    var pictures: [(path: String, label: Int)] = []
    var emptyLabels: [Int] = []
    var otherFiles: [String] = []
    let isThere = Set(present)
    for (label, folder) in folders.enumerated() {
      guard isThere.contains(folder) else {
        emptyLabels.append(label)
        continue
      }
      let before = pictures.count
      for path in try Self.files(in: directory.appending(path: folder).path) {
        if Self.endings.contains((path as NSString).pathExtension.lowercased()) {
          pictures.append((path, label))
        } else {
          otherFiles.append(path)
        }
      }
      if pictures.count == before { emptyLabels.append(label) }
    }
    guard !pictures.isEmpty else {
      throw EvaluationError.badFile(
        path: directory.path, problem: "its class folders hold no pictures")
    }
    self.pictures = pictures
    self.emptyLabels = emptyLabels
    self.otherFiles = otherFiles
  }

  /// What a model reads.
  public var inputs: [PictureInput] { pictures.map { PictureInput(path: $0.path) } }

  private static func directory(in root: URL, split: String?) throws -> URL {
    func isFolder(_ url: URL) -> Bool {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
        && isFolder.boolValue
    }
    guard isFolder(root) else {
      throw EvaluationError.badFile(path: root.path, problem: "there is no such folder")
    }
    if let split {
      let directory = root.appending(path: split)
      guard isFolder(directory) else {
        throw EvaluationError.badFile(path: directory.path, problem: "there is no such folder")
      }
      return directory
    }
    return ["test", "val", "valid"].map { root.appending(path: $0) }.first(where: isFolder) ?? root
  }

  private static func labelFile(in root: URL) throws -> URL {
    let files = labelFileNames.map { root.appending(path: $0) }
    guard let file = files.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
      throw EvaluationError.badFile(
        path: files[0].path,
        problem: "it is missing: it holds one label a line, in the order of the class folders")
    }
    return file
  }

  /// The labels of a file, one a line, spaces around them left out.
  ///
  /// - Throws: ``EvaluationError/badLine(path:line:problem:)`` for a line without a label or one that is
  ///   not UTF-8, ``EvaluationError/badFile(path:problem:)``.
  public static func labels(in file: URL) throws -> [String] {
    var labels = try EvaluationError.wrapping {
      try TextFile(file, maximumSize: maximumLabelBytes).lines()
        .map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
    }
    while labels.last?.isEmpty == true { labels.removeLast() }
    guard !labels.isEmpty else {
      throw EvaluationError.badFile(path: file.path, problem: "it holds no labels")
    }
    if let empty = labels.firstIndex(of: "") {
      throw EvaluationError.badLine(
        path: file.path, line: empty + 1, problem: "it holds no label")
    }
    return labels
  }

  private static func folders(in directory: URL) throws -> [String] {
    let names = try entries(of: directory.path).filter { name in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(
        atPath: directory.appending(path: name).path, isDirectory: &isFolder)
        && isFolder.boolValue
    }
    guard !names.isEmpty else {
      throw EvaluationError.badFile(
        path: directory.path, problem: "it holds no class folders")
    }
    return names
  }

  /// Names in the order of Python's `sorted`, hidden ones left out.
  private static func entries(of path: String) throws -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path)
        .filter { !$0.hasPrefix(".") }
        .sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
    } catch {
      throw EvaluationError.badFile(path: path, problem: "it cannot be read")
    }
  }

  /// Files of a folder and then of the folders in it, as `os.walk` visits them in sorted order.
  private static func files(in path: String, depth: Int = 0) throws -> [String] {
    guard depth < 32 else {
      throw EvaluationError.badFile(path: path, problem: "folders lie more than 32 deep")
    }
    var files: [String] = []
    var folders: [String] = []
    for name in try entries(of: path) {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: "\(path)/\(name)", isDirectory: &isFolder) else {
        // A link to nothing: it is to be named when it is read.
        files.append("\(path)/\(name)")
        continue
      }
      if isFolder.boolValue { folders.append(name) } else { files.append("\(path)/\(name)") }
    }
    return try files + folders.flatMap { try Self.files(in: "\(path)/\($0)", depth: depth + 1) }
  }

  /// What is there twice or not at all, as far as names tell.
  private static func mismatch(labels: [String], folders: [String], in directory: URL) -> String {
    var problem =
      "it holds \(labels.count) labels, but \(directory.path) holds \(folders.count) class folders"
    let numbers = folders.map { Int($0) }
    if !numbers.contains(nil) {
      let present = Set(numbers.compactMap(\.self))
      let missing = labels.indices.filter { !present.contains($0) }
      let surplus = folders.filter { !labels.indices.contains(Int($0) ?? -1) }
      if !missing.isEmpty {
        problem +=
          "; no folder for line"
          + (missing.count == 1 ? " " : "s ")
          + missing.prefix(8).map { "\($0 + 1) (\(labels[$0]))" }.joined(separator: ", ")
          + (missing.count > 8 ? ", …" : "")
      }
      if !surplus.isEmpty {
        problem +=
          "; no label for the folder" + (surplus.count == 1 ? " " : "s ")
          + surplus.prefix(8).joined(separator: ", ") + (surplus.count > 8 ? ", …" : "")
      }
    }
    return problem
      + "; every folder needs one line, in the folders' lexicographic order, so numbers need leading "
      + "zeros"
  }
}
