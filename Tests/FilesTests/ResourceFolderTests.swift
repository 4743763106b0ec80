import Files
import Foundation
import TestSupport
import Testing

@Suite("Resources beside the program")
struct ResourceFolderTests {
  @Test("are found beside the program that was built")
  func found() throws {
    let folder = try ResourceFolder.url(of: "CLIPText")
    #expect(FileManager.default.fileExists(atPath: folder.appending(path: "vocab.txt").path))
  }

  @Test("that are not there are an error that names the place, and nothing traps")
  func missing() throws {
    let folder = try TemporaryFolder()
    #expect {
      try ResourceFolder.url(of: "CLIPText", in: [folder.url])
    } throws: {
      "\($0)".contains("\(folder.path)/swift-chinese-clip_CLIPText.")
        && "\($0)".contains("beside the program")
    }
    try folder.write("", to: "swift-chinese-clip_CLIPText.resources/Resources")
    #expect(throws: FileError.self) { try ResourceFolder.url(of: "CLIPText", in: [folder.url]) }
  }
}
