public import Foundation
import Threads

extension PictureLibrary {
  /// The bytes of a picture's file.
  ///
  /// - Throws: ``SearchError/noPicture(id:)``, ``SearchError/unreadablePicture(path:reason:)``, also
  ///   when the file lies outside of the library's folders or is no picture.
  public func data(of id: Int64) async throws -> Data {
    guard let picture = try await picture(id) else { throw SearchError.noPicture(id: id) }
    let file = try await open(picture)
    return try await offloaded { try file.readAll() }
  }

  /// Opens a picture's file, if it is one that the library may hand out.
  ///
  /// - Throws: ``SearchError/unreadablePicture(path:reason:)``.
  package func open(_ picture: Picture) async throws -> OpenPicture {
    let folders = try await servedFolders()
    return try await offloaded { try OpenPicture(picture.path, within: folders) }
  }

  /// Where files must lie to be handed out: the library's own, and what was named to be taken in.
  package func servedFolders() async throws -> [String] {
    try await [picturesFolder] + store.allowedFolders()
  }

  /// Lets the library show the pictures of folders, besides those that were indexed.
  ///
  /// - Parameter folders: Folders, or single files.
  /// - Throws: ``SearchError`` if the store cannot be written.
  public func allow(_ folders: [String]) async throws {
    try await store.write(folders.map { .allow(folder: Paths.absolute($0)) }, by: nil)
  }

  /// Where pictures are kept that were added as bytes.
  var picturesFolder: String { folder + "/pictures" }
}
