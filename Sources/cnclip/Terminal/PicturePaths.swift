import Foundation

/// Pictures as the user names them: files as they are, folders walked in sorted order.
struct PicturePaths {
  /// Endings that a picture in a folder has; a file named by itself may have any.
  static let endings: Set<String> = [
    "jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "bmp", "tif", "tiff",
  ]

  let paths: [String]

  /// - Parameter arguments: files and folders.
  /// - Throws: ``CommandFailure`` for what is not there, and for a folder without pictures.
  init(_ arguments: [String]) throws {
    paths = try arguments.flatMap(Self.expand)
  }

  private static func expand(_ path: String) throws -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw CommandFailure("there is no file or folder '\(path)'")
    }
    guard isFolder.boolValue else { return [path] }
    guard let walk = FileManager.default.enumerator(atPath: path) else {
      throw CommandFailure("cannot read the folder '\(path)'")
    }
    let prefix = path.hasSuffix("/") ? path : path + "/"
    let found = walk.compactMap { $0 as? String }
      .filter { endings.contains(($0 as NSString).pathExtension.lowercased()) }
      .filter { !$0.split(separator: "/").contains { $0.hasPrefix(".") } }
    guard !found.isEmpty else { throw CommandFailure("there are no pictures in '\(path)'") }
    return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { prefix + $0 }
  }
}
