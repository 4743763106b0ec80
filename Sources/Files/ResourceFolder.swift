package import Foundation

/// The folders of resources that SwiftPM puts beside a program, one for each target that has some.
///
/// `Bundle.module` ends the program where such a folder is not there, as in an installation that
/// lost it; here that is an error that names the place.
package enum ResourceFolder {
  #if canImport(Darwin)
    private static let ending = "bundle"
  #else
    private static let ending = "resources"
  #endif

  /// The folder `Resources` of a target of this package.
  ///
  /// - Parameters:
  ///   - target: whose.
  ///   - places: where programs have it: beside the executable.
  /// - Returns: the folder, which is there.
  /// - Throws: ``FileError/unreadable(path:reason:)`` with the first place where it should be.
  package static func url(
    of target: String, in places: [URL] = ResourceFolder.places
  ) throws(FileError) -> URL {
    let name = "swift-chinese-clip_\(target).\(ending)"
    for place in places {
      let folder = place.appending(path: name).appending(path: "Resources")
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder),
        isFolder.boolValue
      {
        return folder
      }
    }
    let expected = places.first?.appending(path: name).path ?? name
    throw .unreadable(path: expected, reason: "it belongs beside the program and is not there")
  }

  /// Where the resources of the running program may lie.
  package static let places: [URL] = {
    var places = [Bundle.main.bundleURL]
    if let resources = Bundle.main.resourceURL { places.append(resources) }
    if let program = Bundle.main.executableURL {
      places.append(program.resolvingSymlinksInPath().deletingLastPathComponent())
    }
    return places
  }()
}
