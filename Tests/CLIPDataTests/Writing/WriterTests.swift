import CLIPData
import Files
import Foundation
import TestSupport
import Testing

struct WriterTests {
  @Test("source files written from a database hold the same as the original's")
  func sourceFiles() throws {
    let folder = try TemporaryFolder()
    let source = try TSVDataset(directory: Fixture.directory, split: "tiny")
    try TSVDatasetWriter.write(source, to: folder.url, split: "tiny")
    let images = try Data(contentsOf: folder.url.appendingPathComponent("tiny_imgs.tsv"))
    #expect(images == (try Data(contentsOf: Fixture.url("tiny_imgs.tsv"))))
    let copy = try TSVDataset(directory: folder.url, split: "tiny")
    #expect(try copy.captions() == source.captions())
    #expect(throws: DataError.self) {
      try TSVDatasetWriter.write(source, to: folder.url, split: "tiny")
    }
    try TSVDatasetWriter.write(source, to: folder.url, split: "tiny", overwrite: true)
  }

  @Test("an environment written here reads like the original's")
  func database() throws {
    let folder = try TemporaryFolder()
    let source = try TSVDataset(directory: Fixture.directory, split: "tiny")
    let place = folder.url.appendingPathComponent("lmdb/tiny")
    try LMDBDatasetWriter.write(source, to: place)
    let found = try LMDBDataset(place)
    let original = try LMDBDataset(Fixture.url("lmdb/tiny"))
    #expect(found.pairCount == original.pairCount)
    #expect(try found.imageIDs() == original.imageIDs())
    for index in 0..<found.pairCount {
      #expect(try found.pair(at: index) == original.pair(at: index))
    }
    for id in try found.imageIDs() {
      #expect(try found.imageData(for: id) == original.imageData(for: id))
    }
    #expect(throws: DataError.self) { try LMDBDatasetWriter.write(source, to: place) }
    try LMDBDatasetWriter.write(source, to: place, overwrite: true)
    let leftOvers = try FileManager.default.contentsOfDirectory(atPath: place.path)
    #expect(leftOvers.sorted() == ["imgs", "pairs"])
  }

  @Test("the map grows with large values and many entries")
  func growth() throws {
    let folder = try TemporaryFolder()
    let writer = try LMDBWriter(directory: folder.url)
    let large = [UInt8](repeating: 5, count: 40 << 20)
    for index in 0..<3 {
      try large.withUnsafeBytes { try writer.append(key: "a\(index)", value: $0) }
    }
    let small: [UInt8] = [1, 2, 3]
    for index in 10_000..<32_000 {
      try small.withUnsafeBytes { try writer.append(key: "b\(index)", value: $0) }
    }
    try writer.finish()
    let reader = try LMDBReader(folder.url)
    #expect(reader.count == 22_003)
    #expect(try reader.withValue(forKey: "a2") { $0.count } == large.count)
    #expect(try reader.withValue(forKey: "b31999") { Array($0) } == small)
    #expect(try reader.withValue(forKey: "b32000") { _ in true } == nil)
    var keys = 0
    try reader.forEachEntry { _, _ in keys += 1 }
    #expect(keys == 22_003)
  }

  @Test("keys out of order are an error, not a damaged file")
  func disorder() throws {
    let folder = try TemporaryFolder()
    let writer = try LMDBWriter(directory: folder.url)
    let value: [UInt8] = [1]
    try value.withUnsafeBytes { try writer.append(key: "2", value: $0) }
    #expect(throws: DataError.self) {
      try value.withUnsafeBytes { try writer.append(key: "1", value: $0) }
    }
  }

  @Test("JSON looks as Python writes it")
  func json() {
    #expect(
      PythonJSON.line(Caption(textID: 5, text: "“猫”\n\"\\\u{1}\u{2028}", imageIDs: [1, -2]))
        == #"{"text_id": 5, "text": "“猫”\n\"\\\u0001\#u{2028}", "image_ids": [1, -2]}"#)
    #expect(PythonJSON.string("é花🌸\u{7F}", ascii: true) == #""\u00e9\u82b1\ud83c\udf38\u007f""#)
    #expect(PythonJSON.list([]) == "[]")
  }
}
