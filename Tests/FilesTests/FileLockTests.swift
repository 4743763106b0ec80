import Files
import Foundation
import TestSupport
import Testing

@Suite("File locks")
struct FileLockTests {
  private struct GaveUp: Error {}

  @Test("a lock excludes others until it is let go")
  func excludes() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: ".lock")
    do {
      let first = try FileLock(file)
      #expect(throws: GaveUp.self) { try FileLock(file) { throw GaveUp() } }
      withExtendedLifetime(first) {}
    }
    _ = try FileLock(file) { throw GaveUp() }
  }

  @Test("where no lock can be made, the place is named")
  func missing() throws {
    #expect(throws: FileError.unwritable(path: "/nowhere/.lock", reason: "no such file or folder"))
    {
      try FileLock(URL(filePath: "/nowhere/.lock"))
    }
  }
}
