import Files
import Foundation

/// The note in a library's folder that says where its store is, if not there: who opens the folder
/// need not say it again.
package struct StoreNote: Sendable {
  private static let name = "store.address"

  /// The absolute path of the library's folder.
  private let folder: String

  /// - Parameter folder: The library's folder.
  package init(folder: String) { self.folder = Paths.absolute(folder) }

  private var path: String { folder + "/" + Self.name }

  /// The address; `nil` where the store is in the folder.
  ///
  /// - Throws: ``SearchError`` for a note that cannot be read.
  package func read() throws -> String? {
    guard !Paths.isGone(path) else { return nil }
    let file = try SearchError.wrapping { try TextFile(URL(filePath: path)) }
    return String(decoding: file.bytes, as: UTF8.self).split(whereSeparator: \.isNewline).first
      .map(String.init)
  }

  /// Notes an address, for the owner's eyes only: it may hold a password.
  ///
  /// - Throws: ``SearchError/unwritable(path:reason:)``.
  package func write(_ address: String) throws {
    let address = StoreAddress(text: address, folder: folder, isCreating: false).absolute
    if address == "\(SQLiteStore.kind.scheme):\(folder)" {
      unlink(path)
    } else if try read() != address {
      try PrivateFiles.makeFolder(folder)
      try PictureFile.write(Data((address + "\n").utf8), to: path)
    }
  }
}
