import CLIPEvaluation
import Foundation
import TestSupport
import Testing

@Suite("Pictures in class folders")
struct ClassFoldersTests {
  private func folder(_ files: [String], labels: String) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(labels, to: "set/label_cn.txt")
    for file in files { try folder.write("x", to: "set/\(file)") }
    return folder
  }

  private func open(_ folder: TemporaryFolder, split: String? = nil) throws -> ClassFolders {
    try ClassFolders(folder.url.appending(path: "set"), split: split)
  }

  @Test("Folders and files come in torchvision's order, files below a folder after its own")
  func order() throws {
    let folder = try folder(
      ["test/010/b.jpg", "test/010/a.PNG", "test/009/z/c.jpg", "test/009/d.jpg", "test/009/B.jpg"],
      labels: "甲\n乙\n")
    let data = try open(folder)
    #expect(data.name == "set" && data.labels == ["甲", "乙"])
    #expect(data.folders == ["009", "010"])
    let root = data.directory.path
    #expect(
      data.pictures.map { String($0.path.dropFirst(root.count + 1)) } == [
        "009/B.jpg", "009/d.jpg", "009/z/c.jpg", "010/a.PNG", "010/b.jpg",
      ])
    #expect(data.pictures.map(\.label) == [0, 0, 0, 1, 1])
  }

  @Test("ImageNet's layout and bare class folders are found too")
  func layouts() throws {
    let imageNet = try folder(["val/n01/a.jpg", "train/n01/b.jpg"], labels: "鱼\n")
    #expect(try open(imageNet).pictures.count == 1)
    #expect(try open(imageNet, split: "train").pictures[0].path.hasSuffix("b.jpg"))
    let bare = try folder(["0/a.jpg", "1/b.jpg"], labels: "甲\n乙")
    #expect(try open(bare).folders == ["0", "1"])
    #expect(throws: EvaluationError.self) { try open(bare, split: "nowhere") }
  }

  @Test("A missing folder and a folder without label are named")
  func mismatch() throws {
    let missing = try folder(["test/000/a.jpg", "test/002/a.jpg"], labels: "甲\n乙\n丙\n")
    let error = #expect(throws: EvaluationError.self) { try open(missing) }
    #expect("\(try #require(error))".contains("no folder for line 2 (乙)"))
    let surplus = try folder(["test/0/a.jpg", "test/1/a.jpg"], labels: "甲\n")
    let other = #expect(throws: EvaluationError.self) { try open(surplus) }
    #expect("\(try #require(other))".contains("no label for the folder 1"))
  }

  @Test("Another part of a data set may lack classes, but has none of its own")
  func otherPart() throws {
    let folder = try folder(
      ["test/0/a.jpg", "test/1/a.jpg", "test/2/a.jpg", "train/0/a.jpg", "train/2/a.jpg"],
      labels: "甲\n乙\n丙")
    let test = try open(folder)
    let root = folder.url.appending(path: "set")
    let train = try ClassFolders(root, split: "train", like: test)
    #expect(train.labels == test.labels && train.emptyLabels == [1])
    #expect(train.pictures.map(\.label) == [0, 2])
    try folder.write("x", to: "set/train/7/a.jpg")
    #expect(throws: EvaluationError.self) { try ClassFolders(root, split: "train", like: test) }
  }

  @Test("Empty classes and files that are no pictures are reported")
  func reports() throws {
    let folder = try folder(
      ["test/0/a.jpg", "test/0/notes.txt", "test/1/Thumbs.db"], labels: "甲\n乙")
    let data = try open(folder)
    #expect(data.emptyLabels == [1])
    #expect(
      data.otherFiles.map { ($0 as NSString).lastPathComponent } == ["notes.txt", "Thumbs.db"])
  }

  @Test("An empty line among the labels is named, those at the end are nothing")
  func labels() throws {
    let folder = try folder(["test/0/a.jpg"], labels: "\u{FEFF} 甲 \r\n\n\n")
    #expect(try open(folder).labels == ["甲"])
    try folder.write("甲\n\n乙\n", to: "set/label_cn.txt")
    #expect(
      throws: EvaluationError.badLine(
        path: folder.url.appending(path: "set/label_cn.txt").path, line: 2,
        problem: "it holds no label")
    ) { try ClassFolders.labels(in: folder.url.appending(path: "set/label_cn.txt")) }
  }

  @Test("Labels that are not UTF-8 are refused by line, never read as something else")
  func encoding() throws {
    let folder = try folder(["test/0/a.jpg", "test/1/a.jpg"], labels: "甲\n乙")
    let file = folder.url.appending(path: "set/label_cn.txt")
    // 苹果, 香蕉 in GBK.
    try Data([0xC6, 0xBB, 0xB9, 0xFB, 0x0A, 0xCF, 0xE3, 0xBD, 0xB6, 0x0A]).write(to: file)
    let error = #expect(throws: EvaluationError.self) { try ClassFolders.labels(in: file) }
    #expect("\(error as Any)".contains("line 1"))
    #expect("\(error as Any)".contains("iconv"))
  }
}
