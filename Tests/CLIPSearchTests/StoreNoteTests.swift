import CLIPSearch
import Foundation
import TestSupport
import Testing

@Suite("StoreNote")
struct StoreNoteTests {
  @Test("the note says where the store is, until it is in the folder again")
  func note() throws {
    let folder = try TemporaryFolder()
    let note = StoreNote(folder: folder.library)
    #expect(try note.read() == nil)
    try note.write("postgres://me:secret@db/photos")
    #expect(try note.read() == "postgres://me:secret@db/photos")
    let rights =
      try FileManager.default.attributesOfItem(
        atPath: folder.library + "/store.address")[.posixPermissions] as? Int
    #expect(rights == 0o600)
    try note.write("sqlite:" + folder.library)
    #expect(try note.read() == nil)
    try note.write("sqlite:" + folder.path + "/x/../other")
    #expect(try note.read() == "sqlite:" + folder.path + "/other")
  }
}
