import CLIPData
import Foundation
import TestSupport
import Testing

struct TSVDatasetTests {
  private func open(
    images: String, texts: String, policy: DamagePolicy = .fail
  ) throws -> TSVDataset {
    let folder = try TemporaryFolder()
    try folder.write(images, to: "train_imgs.tsv")
    try folder.write(texts, to: "train_texts.jsonl")
    return try TSVDataset(directory: folder.url, split: "train", policy: policy)
  }

  @Test(
    "the original's files are read: ids beyond 32 bits, escapes, texts of no and several pictures")
  func fixture() throws {
    let dataset = try TSVDataset(directory: Fixture.directory, split: "tiny")
    #expect(dataset.imageIDs() == [7_454_547_004, 10, 9, 2_147_483_648, 100, -3])
    let captions = try dataset.captions()
    #expect(captions.count == 160)
    #expect(captions[0] == Caption(textID: 1, text: "汽车", imageIDs: [9, -3]))
    #expect(dataset.pairCount == captions.reduce(0) { $0 + $1.imageIDs.count })
    #expect(try dataset.imageData(for: 7_454_547_004).starts(with: [0x89, 0x50, 0x4E, 0x47]))
    #expect(try dataset.imageData(for: 2_147_483_648).count > 4096)
  }

  @Test("pairs are captions expanded in order")
  func pairs() throws {
    let dataset = try TSVDataset(directory: Fixture.directory, split: "tiny")
    let expected = try dataset.captions().flatMap { caption in
      caption.imageIDs.map { CaptionPair(imageID: $0, textID: caption.textID, text: caption.text) }
    }
    let found = try (0..<dataset.pairCount).map { try dataset.pair(at: $0) }
    #expect(found == expected)
    #expect(throws: DataError.self) { try dataset.pair(at: dataset.pairCount) }
    #expect(throws: DataError.self) { try dataset.pair(at: -1) }
  }

  @Test("blank lines, line ends of Windows and unknown fields do no harm")
  func tolerance() throws {
    let dataset = try open(
      images: "1\tQUJD\r\n\n2\tQUJE\r\n",
      texts: """
        {"image_ids": ["2", 1], "more": {"a": [1]}, "text": "猫", "text_id": "7"}\r

        {"text_id": 8, "text": "狗", "image_ids": []}
        """)
    #expect(try dataset.captions().map(\.imageIDs) == [[2, 1], []])
    #expect(try dataset.pair(at: 0) == CaptionPair(imageID: 2, textID: 7, text: "猫"))
    #expect(try dataset.imageData(for: 2) == Data("ABD".utf8))
  }

  static let sound = #"{"text_id": 1, "text": "猫", "image_ids": [1]}"#

  @Test(
    "a wrong line is named by its number",
    arguments: [
      ("1\tQUJD\n2 QUJD", sound, "train_imgs.tsv, line 2"),
      ("1\tQUJD\n2\tQUJD\tmore", sound, "train_imgs.tsv, line 2"),
      ("1\tQUJD\nphoto.jpg\tQUJD", sound, "\"photo.jpg\" is not a whole number"),
      ("1\tQUJD", sound + "\n" + sound + "x", "train_texts.jsonl, line 2"),
      ("1\tQUJD", #"{"text_id": 1, "image_ids": [1]}"#, "\"text\" is missing"),
      ("1\tQUJD", #"{"text_id": 1, "text": "猫"}"#, "\"image_ids\" is missing"),
      ("1\tQUJD", #"{"text_id": 1.5, "text": "猫", "image_ids": [1]}"#, "line 1"),
      ("1\tQUJD", #"{"text_id": 1, "text": "猫", "image_ids": [2]}"#, "names picture 2"),
      ("1\tQUJD", #"{"text_id": 99999999999999999999, "text": "猫", "image_ids": [1]}"#, "64 bits"),
      ("1\tQUJD\n5\tQUJE\n1\tQUJF", sound, "lines 1 and 3 hold different pictures"),
    ])
  func wrongLines(images: String, texts: String, message: String) {
    #expect {
      try open(images: images, texts: texts)
    } throws: {
      "\($0)".contains(message)
    }
  }

  @Test("with the skipping policy the sound rest is there and every problem is noted")
  func skipping() throws {
    let dataset = try open(
      images: "1\tQUJD\nbroken\n3\tQUJE\n1\tQUJF\n4\tQUJH\n4\tQUJH",
      texts: """
        {"text_id": 1, "text": "一", "image_ids": [1, 2]}
        {"text_id": 2, "text": "二", "image_ids": [3]
        {"text_id": 3, "text": "三", "image_ids": [9]}
        {"text_id": 4, "text": "四", "image_ids": [3, 4]}
        """, policy: .skip)
    #expect(dataset.problems.count == 5)
    #expect(dataset.imageIDs() == [3, 1, 4])
    #expect(try dataset.captions().map(\.imageIDs) == [[1], [], [3, 4]])
    #expect(dataset.pairCount == 3)
    #expect(try (0..<3).map { try dataset.pair(at: $0).imageID } == [1, 3, 4])
    #expect(try dataset.imageData(for: 1) == Data("ABE".utf8))
  }

  @Test("broken base64 is named by its line when it is read")
  func brokenBase64() throws {
    let dataset = try open(images: "5\tQUJD\n\n1\tQUJDR", texts: Self.sound)
    #expect {
      try dataset.imageData(for: 1)
    } throws: {
      "\($0)".contains("line 3") && "\($0)".contains("picture 1")
    }
    #expect(throws: DataError.self) { try dataset.imageData(for: 2) }
  }
}
