import CLIPImages
import Foundation

/// Forms of data that can be turned into a data set.
public enum ImportForm: String, Sendable, CaseIterable {
  /// A folder of pictures, each with a text file of the same name: one caption a line.
  case captions
  /// A folder with one subfolder a class.
  case classes
  /// A table with a column of paths and a column of captions.
  case table
  /// A data set already: TSV with JSON lines, LMDB, or tar shards.
  case dataset

  /// Guesses the form from what lies at a path.
  ///
  /// - Parameters:
  ///   - path: a file, a folder, or a shard pattern.
  ///   - split: under which name a data set would be stored there.
  /// - Returns: the likeliest form.
  public static func guess(_ path: String, split: String) -> ImportForm {
    if path.hasSuffix(".tar") { return .dataset }
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    guard exists, isFolder.boolValue else { return .table }
    if (try? DatasetLocation.find(path, split: split)) != nil { return .dataset }
    let folder = URL(filePath: path).resolvingSymlinksInPath().path
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
    return names.contains { $0.hasSuffix(".txt") && $0.contains("/") }
      || names.contains { isPicture($0) && !$0.contains("/") } ? .captions : .classes
  }

  private static func isPicture(_ name: String) -> Bool { PictureEndings.ends(name) }
}
