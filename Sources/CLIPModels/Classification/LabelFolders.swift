package import Foundation

/// Pictures put into a folder for each label, beside whatever is there already: nothing is ever
/// replaced, moved or removed.
package struct LabelFolders: Sendable {
  /// How a picture gets into a folder.
  package enum Method: String, Sendable, CaseIterable {
    /// A symbolic link to the picture where it lies.
    case link
    /// A copy.
    case copy
  }

  /// What became of a picture.
  package enum Outcome: Sendable, Hashable {
    /// It is in the folder now, under this name.
    case placed(String)
    /// The folder held the same picture already, under this name.
    case present(String)
  }

  /// The folder that holds the labels' folders.
  package let root: URL
  /// How pictures get into folders.
  package let method: Method
  private let folders: [URL]

  /// The most pictures of one name in a folder.
  private static let maximumSuffix = 100_000
  private static let maximumNameBytes = 200

  /// Names the labels' folders; they are made when the first picture comes.
  ///
  /// - Parameters:
  ///   - root: the folder that holds them.
  ///   - labels: a folder each; what no file name may hold becomes `_`.
  ///   - method: how pictures get into folders.
  /// - Throws: ``ModelError/prompts(source:problem:)`` when two labels would share a folder.
  package init(_ root: URL, labels: [String], method: Method = .link) throws(ModelError) {
    self.root = root
    self.method = method
    let names = labels.map(Self.folderName)
    if let twice = names.indices.first(where: { names[..<$0].contains(names[$0]) }) {
      throw ModelError.prompts(
        source: "the labels '\(labels[names.firstIndex(of: names[twice]) ?? 0])' and "
          + "'\(labels[twice])'",
        problem: "they would share the folder '\(names[twice])'")
    }
    folders = names.map { root.appending(path: $0, directoryHint: .isDirectory) }
  }

  /// Puts a picture into a label's folder.
  ///
  /// A name that is taken by another picture gets a number.
  ///
  /// - Parameters:
  ///   - path: the picture.
  ///   - label: the label's place in the list.
  /// - Returns: where it is now, or was already.
  /// - Throws: what the file system says.
  package func place(_ path: String, under label: Int) throws -> Outcome {
    let source = URL(filePath: path).standardizedFileURL
    let folder = folders[label]
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let stem = source.deletingPathExtension().lastPathComponent
    let ending = source.pathExtension
    for number in 1...Self.maximumSuffix {
      let name = stem + (number == 1 ? "" : "-\(number)") + (ending.isEmpty ? "" : "." + ending)
      let target = folder.appending(path: name)
      if try put(source, at: target) { return .placed(target.path) }
      if isSame(source, as: target) { return .present(target.path) }
    }
    throw CocoaError(.fileWriteFileExists, userInfo: [NSFilePathErrorKey: folder.path])
  }

  /// - Returns: false if the name is taken.
  private func put(_ source: URL, at target: URL) throws -> Bool {
    switch method {
    case .link:
      if symlink(source.path, target.path) == 0 { return true }
      guard errno != EEXIST else { return false }
      throw failure(target)
    case .copy:
      guard !isTaken(target) else { return false }
      let partial = target.deletingLastPathComponent().appending(
        path: ".\(UUID().uuidString).partial")
      defer { unlink(partial.path) }
      try FileManager.default.copyItem(
        atPath: source.resolvingSymlinksInPath().path, toPath: partial.path)
      // A hard link is never put over a file that has appeared meanwhile; a rename would be.
      if link(partial.path, target.path) == 0 { return true }
      guard errno != EEXIST else { return false }
      // File systems without hard links.
      try FileManager.default.moveItem(at: partial, to: target)
      return true
    }
  }

  private func isTaken(_ url: URL) -> Bool {
    var status = stat()
    return lstat(url.path, &status) == 0
  }

  private func isSame(_ source: URL, as target: URL) -> Bool {
    switch method {
    case .link:
      (try? FileManager.default.destinationOfSymbolicLink(atPath: target.path)) == source.path
    case .copy:
      FileManager.default.contentsEqual(
        atPath: source.resolvingSymlinksInPath().path,
        andPath: target.resolvingSymlinksInPath().path)
    }
  }

  private func failure(_ target: URL) -> any Error {
    CocoaError(
      .fileWriteUnknown,
      userInfo: [
        NSFilePathErrorKey: target.path,
        NSLocalizedDescriptionKey:
          "cannot link \(target.path): \(String(cString: strerror(errno)))",
      ])
  }

  /// A label as the name of one folder, whatever it holds.
  static func folderName(_ label: String) -> String {
    var name = ""
    for scalar in label.unicodeScalars {
      let isSafe =
        scalar != "/" && scalar != "\\" && scalar.value != 0
        && scalar.properties.generalCategory != .control
      let piece = isSafe ? String(scalar) : "_"
      guard name.utf8.count + piece.utf8.count <= maximumNameBytes else { break }
      name += piece
    }
    name = name.trimmingCharacters(in: .whitespaces)
    // `.` and `..` are folders of their own, and hidden folders would not be found.
    return name.isEmpty || name.hasPrefix(".") ? "_" + name : name
  }
}
