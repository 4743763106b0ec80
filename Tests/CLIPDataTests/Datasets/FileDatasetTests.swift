import CLIPData
import Foundation
import TestSupport
import Testing

struct FileDatasetTests {
  @Test("pictures with text files beside them, one caption a line, equal captions joined")
  func captionedFolder() throws {
    let folder = try TemporaryFolder()
    try folder.write("A", to: "a.jpg")
    try folder.write("一只猫\n\n小猫\n", to: "a.txt")
    try folder.write("B", to: "sub/b.PNG")
    try folder.write("一只猫", to: "sub/b.txt")
    try folder.write("x", to: "notes.md")
    let dataset = try FileDataset(folder: folder.url)
    #expect(dataset.imageIDs() == [0, 1])
    #expect(
      dataset.captions() == [
        Caption(textID: 0, text: "一只猫", imageIDs: [0, 1]),
        Caption(textID: 1, text: "小猫", imageIDs: [0]),
      ])
    #expect(try dataset.imageData(for: 1) == Data("B".utf8))
    #expect(try (0..<3).map { try dataset.pair(at: $0).imageID } == [0, 1, 0])
  }

  @Test("a picture without a text file stops the import, or is noted")
  func missingText() throws {
    let folder = try TemporaryFolder()
    try folder.write("A", to: "a.jpg")
    try folder.write("B", to: "b.jpg")
    try folder.write("狗", to: "b.txt")
    #expect(throws: DataError.self) { try FileDataset(folder: folder.url) }
    let dataset = try FileDataset(folder: folder.url, policy: .skip)
    #expect(dataset.problems.count == 1)
    #expect(dataset.files.map(\.lastPathComponent) == ["b.jpg"])
  }

  @Test("class folders become captions of several pictures")
  func classFolders() throws {
    let folder = try TemporaryFolder()
    for name in ["001/x.jpg", "000/b.jpg", "000/a.jpg"] { try folder.write(name, to: name) }
    let dataset = try FileDataset(
      classFolders: folder.url, names: ["苹果", "香蕉"], templates: ["{}", "一张{}的照片"])
    #expect(
      dataset.captions().map(\.text) == ["苹果", "一张苹果的照片", "香蕉", "一张香蕉的照片"])
    #expect(dataset.captions().map(\.imageIDs) == [[0, 1], [0, 1], [2], [2]])
    #expect(try dataset.imageData(for: 0) == Data("000/a.jpg".utf8))
    #expect(throws: DataError.self) {
      try FileDataset(classFolders: folder.url, names: ["苹果"])
    }
    #expect(throws: DataError.self) {
      try FileDataset(classFolders: folder.url, templates: ["一张照片"])
    }
  }

  @Test("a table with quotes, line ends inside fields and a byte-order mark")
  func table() throws {
    let folder = try TemporaryFolder()
    try folder.write("A", to: "a.jpg")
    try folder.write("B", to: "b,1.jpg")
    let table = try folder.write(
      "\u{FEFF}id,图片,标题\r\n1,a.jpg,\"一只\"\"大\"\"猫，\n在睡\"\r\n2,\"b,1.jpg\",狗\r\n3,a.jpg,狗\r\n",
      to: "list.csv")
    let dataset = try FileDataset(table: table)
    #expect(
      dataset.captions() == [
        Caption(textID: 0, text: "一只\"大\"猫，\n在睡", imageIDs: [0]),
        Caption(textID: 1, text: "狗", imageIDs: [1, 0]),
      ])
  }

  @Test("columns by name, by number without a header, and tabs")
  func columns() throws {
    let folder = try TemporaryFolder()
    try folder.write("A", to: "p/a.jpg")
    let named = try folder.write("w;x\n说明;a.jpg", to: "list.csv")
    let place = folder.url.appendingPathComponent("p")
    #expect(
      try FileDataset(
        table: named, columns: TableColumns(image: "x", caption: "w", delimiter: ";"),
        relativeTo: place
      ).captions().map(\.text) == ["说明"])
    let headerless = try folder.write("p/a.jpg\t说明", to: "list.tsv")
    #expect(
      try FileDataset(table: headerless, columns: TableColumns(image: "1", caption: "2"))
        .captions().map(\.text) == ["说明"])
  }

  @Test(
    "a wrong table is named by its line",
    arguments: [
      ("image,caption\na.jpg", "line 2"), ("image,caption\na.jpg,\"猫", "never closed"),
      ("image,caption\na.jpg,\"猫\"x", "closing quotation"), ("image,caption\nno.jpg,猫", "no.jpg"),
      ("picture,words\na.jpg,猫", "picture, words"), ("", "empty"),
      ("image,caption\na.jpg,  ", "caption is empty"), ("image,caption\n", "no pictures"),
    ])
  func wrongTables(content: String, message: String) throws {
    let folder = try TemporaryFolder()
    try folder.write("A", to: "a.jpg")
    let table = try folder.write(content, to: "list.csv")
    #expect {
      try FileDataset(table: table)
    } throws: {
      "\($0)".contains(message)
    }
  }
}
