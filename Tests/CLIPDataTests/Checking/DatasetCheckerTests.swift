import CLIPData
import CLIPImages
import Foundation
import TestSupport
import Testing

struct DatasetCheckerTests {
  /// A picture as a small file.
  private func picture(_ value: UInt8) throws -> String {
    let pixels = (0..<8 * 8 * 3).map { UInt8(truncatingIfNeeded: $0 * Int(value) + $0 / 7) }
    return try PictureWriter.png(RGBImage(width: 8, height: 8, pixels: pixels))
      .base64EncodedString()
  }

  private func write(images: [String], texts: [String], to folder: TemporaryFolder) throws {
    try folder.write(images.joined(separator: "\n"), to: "a_imgs.tsv")
    try folder.write(texts.joined(separator: "\n"), to: "a_texts.jsonl")
  }

  private func damaged(_ folder: TemporaryFolder) throws {
    let (one, two) = (try picture(1), try picture(2))
    // One character more than a multiple of four cannot be the end of anything.
    let letters = one.prefix { $0 != "=" }
    let cutOff = letters.prefix(letters.count / 4 * 4 - 3)
    var loose = two
    loose.insert("*", at: loose.index(loose.startIndex, offsetBy: 9))
    try write(
      images: [
        "1\t\(one)",  // line 1
        "2 \(one)",  // no tab
        "3\t\(cutOff)",  // lost characters
        "4\tQUJDREVGRw==",  // no picture
        "5\t\(loose)",  // line 5
        "1\t\(one)",  // again
        "6\t\(try picture(3))",
        "6\t\(try picture(4))",  // another picture
        "cat.png\t\(try picture(5))",  // a name
        "",
        "7\t\(try picture(6))",  // line 11, unused
      ],
      texts: [
        #"{"text_id": 1, "text": "一只猫", "image_ids": [1, 5]}"#,
        #"{"text_id": 2, "text": "一只狗", "image_ids": [99, 1]}"#,
        #"{"text_id": 2, "text": "两只狗", "image_ids": [6]}"#,
        #"{"text_id": 3, "text": "一只猫 ", "image_ids": [6, 6]}"#,
        #"{"text_id": 4, "text": " ", "image_ids": [1]}"#,
        #"{"text_id": 5, "text": "三"#,
        #"{"text_id": 6, "image_ids": [1]}"#,
        #"{"text_id": "t7", "text": "名字", "image_ids": ["cat.png"]}"#,
        #"{"text_id": 8, "text": "查询", "image_ids": []}"#,
        #"{"text_id": 9, "text": "坏的", "image_ids": [4]}"#,
        "{\"text_id\": 10, \"text\": \"" + String(repeating: "长", count: 51)
          + "\", \"image_ids\": [1]}",
      ], to: folder)
  }

  @Test("every kind of damage is found with its line")
  func findings() throws {
    let folder = try TemporaryFolder()
    try damaged(folder)
    let report = try DatasetChecker().check(DatasetLocation.find(folder.url.path, split: "a"))
    #expect(!report.isSound)
    func lines(_ kind: DatasetProblem.Kind) -> [Int] {
      report.problems.filter { $0.kind == kind }.compactMap(\.line)
    }
    #expect(lines(.wrongColumns) == [2])
    #expect(lines(.brokenBase64) == [3])
    #expect(lines(.undecodablePicture) == [4])
    #expect(lines(.looseBase64) == [5])
    #expect(lines(.repeatedPicture) == [6])
    #expect(lines(.conflictingPictures) == [8])
    #expect(lines(.badIdentifier) == [9, 8])
    #expect(lines(.unusedPicture) == [11])
    #expect(lines(.danglingPicture) == [2, 10])
    #expect(lines(.repeatedTextIdentifier) == [3])
    #expect(lines(.equalCaptions) == [4])
    #expect(lines(.repeatedReference) == [4])
    #expect(lines(.emptyCaption) == [5])
    #expect(lines(.badCaption) == [6, 7])
    #expect(lines(.captionWithoutPicture) == [9])
    #expect(lines(.captionOfSeveralPictures) == [1, 2])
    #expect(lines(.longCaption) == [11])
    let kinds = Set(report.problems.map(\.kind))
    #expect(kinds.isDisjoint(with: [.badRecord, .equalPictures]))
  }

  @Test("the repaired copy is sound, keeps the rest, and numbers names")
  func repair() throws {
    let folder = try TemporaryFolder()
    try damaged(folder)
    let clean = folder.url.appendingPathComponent("clean")
    _ = try DatasetChecker().repair(
      images: folder.url.appendingPathComponent("a_imgs.tsv"),
      texts: folder.url.appendingPathComponent("a_texts.jsonl"), to: clean, split: "a")
    let report = try DatasetChecker().check(DatasetLocation.find(clean.path, split: "a"))
    #expect(report.isSound)
    let dataset = try TSVDataset(directory: clean, split: "a")
    #expect(dataset.imageIDs() == [1, 5, 6, 0, 7])
    #expect(
      try dataset.captions() == [
        Caption(textID: 1, text: "一只猫", imageIDs: [1, 5]),
        Caption(textID: 2, text: "一只狗", imageIDs: [1]),
        Caption(textID: 0, text: "两只狗", imageIDs: [6]),
        Caption(textID: 3, text: "一只猫 ", imageIDs: [6]),
        Caption(textID: 5, text: "名字", imageIDs: [0]),
        Caption(textID: 8, text: "查询", imageIDs: []),
        Caption(textID: 10, text: String(repeating: "长", count: 51), imageIDs: [1]),
      ])
    #expect(try dataset.imageData(for: 6).base64EncodedString() == picture(4))
    let names = try String(
      contentsOf: clean.appendingPathComponent("a_ids.tsv"), encoding: .utf8)
    #expect(
      names == "kind\tnumber\tname\nimage\t0\tcat.png\ntext\t0\t2 in line 3\ntext\t5\tt7\n")
    #expect(throws: DataError.self) {
      try DatasetChecker().repair(
        images: folder.url.appendingPathComponent("a_imgs.tsv"),
        texts: folder.url.appendingPathComponent("a_texts.jsonl"), to: clean, split: "a")
    }
  }

  @Test("the original's files and databases are sound")
  func fixture() throws {
    for location in [
      try DatasetLocation.find(Fixture.directory.path, split: "tiny"),
      .database(Fixture.url("lmdb/tiny")),
    ] {
      let report = try DatasetChecker().check(location)
      #expect(report.isSound)
      #expect(report.imageCount == 6)
    }
  }
}
