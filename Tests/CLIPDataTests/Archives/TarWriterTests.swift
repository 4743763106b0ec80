import CLIPData
import Files
import Foundation
import TestSupport
import Testing

struct TarWriterTests {
  @Test("what is written is read again, whatever the length of its name and content")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "a.tar")
    let names = ["a.txt", String(repeating: "长名", count: 60) + ".jpg", "空", "b/c.json"]
    let contents = [0, 1, 511, 512].map { Data(repeating: 7, count: $0) }
    let writer = try TarWriter(url)
    for (name, content) in zip(names, contents) { try writer.append(name, content) }
    #expect(!FileManager.default.fileExists(atPath: url.path))
    try writer.finish()
    let file = try MappedFile(url)
    let entries = try TarIndex.entries(of: file)
    #expect(entries.map(\.name) == names)
    #expect(entries.map { Data(file.bytes(in: $0.range)) } == contents)
  }

  @Test("other programs read it")
  func tar() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "a.tar")
    let name = String(repeating: "x", count: 150) + ".txt"
    let writer = try TarWriter(url)
    try writer.append(name, Data("猫".utf8))
    try writer.finish()
    let process = Process()
    process.executableURL = URL(filePath: "/bin/tar")
    process.arguments = ["-xf", url.path, "-C", folder.url.path]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(try String(contentsOf: folder.url.appending(path: name), encoding: .utf8) == "猫")
  }
}
